#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "records.h"

namespace ipvs {

// What can be read. The order is the number that crosses from JavaScript.
enum class TableKind : std::uint8_t {
  kInfo,
  kTimeouts,
  kService,
  kServices,
  kDestinations,
  kDevice,
  kAddresses,
};

inline constexpr const char* kTableNames[] = {
    "info", "timeouts", "service", "services", "destinations", "device", "addresses",
};
inline constexpr std::size_t kTableCount = std::size(kTableNames);

// What one service is told from another by, in canonical order: services with an address
// before marks, IPv4 before IPv6, then address, port and protocol, or the mark.
using ServiceKey = std::tuple<std::uint8_t, std::uint16_t, AddressBytes, std::uint16_t,
                              std::uint16_t, std::uint32_t>;

inline ServiceKey KeyOf(const ServiceRecord& service) {
  return {service.marked, service.family,   service.address,
          service.port,   service.protocol, service.fwmark};
}

// Records of one kind and the texts that belong to them: of each service its
// address, scheduler and engine, of each destination and each address on a device its address, a
// line each. Cut into chunks, so that no one has to take in a large table at once.
class Table {
 public:
  // Records a chunk holds; JavaScript makes its objects from about two thousand in a millisecond.
  static constexpr std::size_t kChunk = 2048;

  struct Chunk {
    std::vector<std::byte> records;
    std::string text;
    std::size_t count = 0;
  };

  // Each of these fills an empty table, lists in canonical order and without repetitions:
  // of two records of one object the later one is kept.
  void FillServices(std::vector<ObservedServiceRecord> services);
  void FillDestinations(std::vector<ObservedDestinationRecord> destinations);
  void FillAddresses(std::vector<DeviceRecord> addresses);
  void FillTimeouts(const TimeoutsRecord& timeouts) { FillOne(&timeouts, sizeof timeouts); }
  void FillInfo(const InfoRecord& info) { FillOne(&info, sizeof info); }
  void FillDevice(const DeviceRecord& device) { FillOne(&device, sizeof device); }

  std::vector<Chunk>& chunks() { return chunks_; }

 private:
  void FillOne(const void* record, std::size_t size);

  std::vector<Chunk> chunks_;
};

}  // namespace ipvs
