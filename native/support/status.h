#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace ipvs {

// Who says that something failed. The order is the number that crosses to JavaScript.
enum class Source : std::uint8_t {
  kKernel,       // the kernel answered with this errno
  kFamily,       // there is no IPVS: no generic netlink family, or no socket options
  kNamespace,    // the network namespace could not be entered
  kSocket,       // a system call on the socket failed
  kDeadline,     // no answer in time; whether the request took effect is not known
  kLost,         // the answer was lost; the request was executed
  kMalformed,    // the answer cannot be read
  kInterrupted,  // the table kept changing while it was read
  kCancelled,    // withdrawn before it was sent
  kClosed,       // the handle was closed first
  kUnsupported,  // the way to the kernel cannot carry this; nothing was sent
  kFile,         // a file could not be read or written
  kThread,       // a thread could not be started, or what it is woken by
};

inline constexpr const char* kSourceNames[] = {
    "kernel",      "family",    "namespace", "socket",      "deadline", "lost",   "malformed",
    "interrupted", "cancelled", "closed",    "unsupported", "file",     "thread",
};

// How a request ended: nothing to say, or an errno, who said it, and the kernel's own words if any.
struct Status {
  int error = 0;
  Source source = Source::kKernel;
  std::string message;

  static Status Ok() { return {}; }
  static Status Failure(Source source, int error, std::string message = {}) {
    return {error, source, std::move(message)};
  }

  bool ok() const { return error == 0; }

  // One number for the crossing: errno in the low 16 bits, the source above.
  std::int32_t packed() const {
    return ok() ? 0 : (error & 0xffff) | (static_cast<std::int32_t>(source) << 16);
  }
};

inline bool AllOk(std::span<const Status> statuses) {
  return std::all_of(statuses.begin(), statuses.end(),
                     [](const Status& status) { return status.ok(); });
}

}  // namespace ipvs
