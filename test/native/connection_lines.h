#pragma once

#include <string_view>

// Lines as kernels print them.

inline constexpr std::string_view kHeader =
    "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData";
inline constexpr std::string_view kSyncedHeader =
    "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Origin Expires";
inline constexpr std::string_view kLine4 =
    "TCP 0A000001 03E8 0A090001 0050 0A010001 1F90 ESTABLISHED     299";
inline constexpr std::string_view kLine6 =
    "UDP fd10:0000:0000:0000:0000:0000:0000:0002 BA64 2001:0db8:0000:0000:0000:0000:0000:0001 0036 "
    "fd20:0000:0000:0000:0000:0000:0000:0002 0036 UDP             299";
inline constexpr std::string_view kSyncedLine =
    "SCTP 0A00000C 03E8 0A090001 0050 0A010001 1F90 REJECTED    SYNC       299";
inline constexpr std::string_view kEngineLine =
    "UDP 0A00000B 0000 0A070707 13C4 0A010001 13C4 ASSURED         299 sip call@host";
inline constexpr std::string_view kMarkLine =
    "IP  0A000000 0000 00000007 0000 0A010001 0000 ASSURED         299";
