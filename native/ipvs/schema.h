#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "netlink/attribute_writer.h"
#include "records.h"
#include "support/status.h"

// What each attribute of the IPVS family is: its number, width and byte order,
// and where its value stands in a record. One encoder and one decoder walk the
// tables, so a new kernel attribute is a new row and nothing else.

namespace ipvs {

inline constexpr char kFamilyName[] = "IPVS";
inline constexpr std::uint8_t kFamilyVersion = 1;

// Top-level attributes.
inline constexpr std::uint16_t kAttributeService = 1;
inline constexpr std::uint16_t kAttributeDestination = 2;
inline constexpr std::uint16_t kAttributeDaemon = 3;

enum class Extent : std::uint8_t { kIdentity, kWhole };

void EncodeService(const ServiceRecord& service, Extent extent, std::uint32_t flag_mask,
                   netlink::AttributeWriter& out);
void EncodeDestination(const DestinationRecord& destination, Extent extent,
                       netlink::AttributeWriter& out);
// What is 0 is left out, and chosen by the kernel. The identity of a daemon is its role.
void EncodeDaemon(const DaemonRecord& daemon, Extent extent, netlink::AttributeWriter& out);
// A value of 0 is left out: to the kernel both mean "as it is".
void EncodeTimeouts(const TimeoutsRecord& timeouts, netlink::AttributeWriter& out);

// These read the attributes of one answer. Attributes they do not know are passed
// over; what the kernel never leaves out must be there, and nothing may be too short.
Status DecodeService(std::span<const std::byte> answer, ObservedServiceRecord& service);
// `family` is the service's, and the destination's where the kernel does not say.
Status DecodeDestination(std::span<const std::byte> answer, std::uint16_t family,
                         ObservedDestinationRecord& destination);
// What the kernel does not say of a daemon is 0.
Status DecodeDaemon(std::span<const std::byte> answer, DaemonRecord& daemon);
Status DecodeTimeouts(std::span<const std::byte> answer, TimeoutsRecord& timeouts);
Status DecodeInfo(std::span<const std::byte> answer, InfoRecord& info);

}  // namespace ipvs
