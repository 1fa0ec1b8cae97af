#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "records.h"

namespace ipvs {

// What can be read. The order is the number that crosses from JavaScript.
enum class TableKind : std::uint8_t { kInfo, kTimeouts, kService, kServices, kDestinations };

inline constexpr const char* kTableNames[] = {"info", "timeouts", "service", "services",
                                              "destinations"};
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
// address, scheduler and engine, of each destination its address, a line each; a
// connection says itself which lines are its own.
// Cut into chunks, so that no one has to take in a large table at once.
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
  void FillTimeouts(const TimeoutsRecord& timeouts) { FillOne(&timeouts, sizeof timeouts); }
  void FillInfo(const InfoRecord& info) { FillOne(&info, sizeof info); }

  void Add(Chunk chunk) { chunks_.push_back(std::move(chunk)); }
  // Says that something could not be read and is left out.
  void Skip(std::size_t count) { skipped_ += count; }

  std::vector<Chunk>& chunks() { return chunks_; }
  std::size_t skipped() const { return skipped_; }

 private:
  void FillOne(const void* record, std::size_t size);

  std::vector<Chunk> chunks_;
  std::size_t skipped_ = 0;
};

}  // namespace ipvs
