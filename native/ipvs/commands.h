#pragma once

#include <cstdint>

namespace ipvs {

// The commands of the IPVS family, with the kernel's numbers (IPVS_CMD_*). The
// kernel's own header differs between distributions, so nothing is taken from it.
enum Command : std::uint8_t {
  kNewService = 1,
  kSetService = 2,
  kDeleteService = 3,
  kGetService = 4,
  kNewDestination = 5,
  kSetDestination = 6,
  kDeleteDestination = 7,
  kGetDestination = 8,
  kSetConfig = 12,
  kGetConfig = 13,
  kGetInfo = 15,
  kZero = 16,
  kFlush = 17,
};

// How much of an object a command carries.
enum class Part : std::uint8_t { kNone, kIdentity, kIdentityIfGiven, kWhole };

// A command that JavaScript may put into a request.
struct WriteCommand {
  Command command;
  const char* name;
  Part service;
  Part destination;
  bool timeouts;
};

// clang-format off
inline constexpr WriteCommand kWriteCommands[] = {
    {kNewService,        "addService",        Part::kWhole,           Part::kNone,     false},
    {kSetService,        "setService",        Part::kWhole,           Part::kNone,     false},
    {kDeleteService,     "removeService",     Part::kIdentity,        Part::kNone,     false},
    {kNewDestination,    "addDestination",    Part::kIdentity,        Part::kWhole,    false},
    {kSetDestination,    "setDestination",    Part::kIdentity,        Part::kWhole,    false},
    {kDeleteDestination, "removeDestination", Part::kIdentity,        Part::kIdentity, false},
    {kSetConfig,         "setTimeouts",       Part::kNone,            Part::kNone,     true},
    {kZero,              "zero",              Part::kIdentityIfGiven, Part::kNone,     false},
    {kFlush,             "flush",             Part::kNone,            Part::kNone,     false},
};
// clang-format on

inline constexpr const WriteCommand* FindWriteCommand(std::uint32_t number) {
  for (const auto& entry : kWriteCommands) {
    if (entry.command == number) return &entry;
  }
  return nullptr;
}

}  // namespace ipvs
