#pragma once

#include <cstdint>

#include "ipvs/table.h"

namespace ipvs {

// What rtnetlink can be asked to do. The numbers are the addon's own, beyond the 8 bits of the
// IPVS family's commands.
enum RouteCommand : std::uint32_t {
  kCreateDevice = 0x100,  // of the kind that is given, and down
  kRemoveDevice,          // by its index
  kAddAddress,            // to the device of the name that is given
  kRemoveAddress,
};

struct RouteCommandName {
  RouteCommand command;
  const char* name;
};

inline constexpr RouteCommandName kRouteCommands[] = {
    {kCreateDevice, "createDevice"},
    {kRemoveDevice, "removeDevice"},
    {kAddAddress, "addAddress"},
    {kRemoveAddress, "removeAddress"},
};

inline constexpr bool IsRouteCommand(std::uint32_t number) {
  return number >= kCreateDevice && number <= kRemoveAddress;
}

inline constexpr bool IsRouteTable(TableKind kind) {
  return kind == TableKind::kDevice || kind == TableKind::kDevices || kind == TableKind::kAddresses;
}

}  // namespace ipvs
