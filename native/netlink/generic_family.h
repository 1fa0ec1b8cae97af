#pragma once

#include <cstdint>
#include <string_view>

#include "netlink/connection.h"

namespace ipvs::netlink {

// Asks the kernel for the number of a generic netlink family. The number lasts as
// long as the module that owns the family stays loaded. From Linux 5.16 the kernel
// itself loads the module that carries the family's alias.
Status ResolveFamily(Connection& connection, std::string_view name, std::uint16_t* id);

// What is said of an answer that carries the number of a family that was not asked.
inline constexpr const char* kAnotherFamily = "an answer of another family";

// Starts a message of a generic netlink family.
void BeginGeneric(MessageBatch& batch, std::uint16_t family, std::uint16_t flags,
                  std::uint8_t command, std::uint8_t version);

// The attributes of a generic netlink message, or nothing when it is too short to hold any.
std::optional<std::span<const std::byte>> GenericAttributes(const Message& message);

}  // namespace ipvs::netlink
