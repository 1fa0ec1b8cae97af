#pragma once

#include <array>
#include <cstddef>
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
  kNewDaemon = 9,
  kDeleteDaemon = 10,
  kGetDaemon = 11,
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
  Part daemon;
  bool timeouts;
  // Done, it may go without an answer: where a daemon's threads are stopped before they ever ran,
  // the stop ends inside the kernel with EINTR, which netlink takes for an order to send nothing.
  bool silent = false;
};

// clang-format off
inline constexpr WriteCommand kWriteCommands[] = {
    {kNewService,        "addService",        Part::kWhole,           Part::kNone,     Part::kNone,     false},
    {kSetService,        "setService",        Part::kWhole,           Part::kNone,     Part::kNone,     false},
    {kDeleteService,     "removeService",     Part::kIdentity,        Part::kNone,     Part::kNone,     false},
    {kNewDestination,    "addDestination",    Part::kIdentity,        Part::kWhole,    Part::kNone,     false},
    {kSetDestination,    "setDestination",    Part::kIdentity,        Part::kWhole,    Part::kNone,     false},
    {kDeleteDestination, "removeDestination", Part::kIdentity,        Part::kIdentity, Part::kNone,     false},
    {kNewDaemon,         "startDaemon",       Part::kNone,            Part::kNone,     Part::kWhole,    false},
    {kDeleteDaemon,      "stopDaemon",        Part::kNone,            Part::kNone,     Part::kIdentity, false, true},
    {kSetConfig,         "setTimeouts",       Part::kNone,            Part::kNone,     Part::kNone,     true},
    {kZero,              "zero",              Part::kIdentityIfGiven, Part::kNone,     Part::kNone,     false},
    {kFlush,             "flush",             Part::kNone,            Part::kNone,     Part::kNone,     false},
};
// clang-format on

// The commands above by their numbers: one is looked up for each of very many requests.
inline constexpr auto kWriteCommandsByNumber = [] {
  std::array<const WriteCommand*, kFlush + std::size_t{1}> found{};
  for (const auto& entry : kWriteCommands) found[entry.command] = &entry;
  return found;
}();

inline constexpr const WriteCommand* FindWriteCommand(std::uint32_t number) {
  return number < kWriteCommandsByNumber.size() ? kWriteCommandsByNumber[number] : nullptr;
}

}  // namespace ipvs
