#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>

#include "ipvs/table.h"
#include "records.h"
#include "support/status.h"

namespace ipvs {

// The ways to the kernel. The order is the number that crosses to JavaScript.
enum class TransportKind : std::uint8_t { kAuto, kNetlink, kSockopt };

inline constexpr const char* kTransportNames[] = {"auto", "netlink", "sockopt"};
inline constexpr std::size_t kTransportCount = std::size(kTransportNames);

// A way to carry out requests and read tables. Called from one thread only.
class Transport {
 public:
  virtual ~Transport() = default;

  // Executes the requests in order, each on its own; how each ended goes into `outcomes`.
  virtual void Execute(std::span<const RequestRecord* const> requests,
                       std::span<Status> outcomes) = 0;

  // Reads a table; `request` names the service or the device where the table belongs to one.
  virtual Status Read(TableKind kind, const RequestRecord& request, Table& table) = 0;
};

}  // namespace ipvs
