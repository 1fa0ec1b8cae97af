#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "records.h"
#include "support/pooled.h"

namespace ipvs {

// What can be read. The order is the number that crosses from JavaScript.
enum class TableKind : std::uint8_t {
  kInfo,
  kTimeouts,
  kService,
  kServices,
  kDestinations,
  kSnapshot,
  kBareSnapshot,
  kDaemons,
  kSurroundings,
  kDevice,
  kDevices,
  kAddresses,
};

// clang-format off
inline constexpr const char* kTableNames[] = {
    "info",
    "timeouts",
    "service",
    "services",
    "destinations",
    "snapshot",
    "bareSnapshot",
    "daemons",
    "surroundings",
    "device",
    "devices",
    "addresses",
};
// clang-format on
inline constexpr std::size_t kTableCount = std::size(kTableNames);

// What one service is told from another by, in canonical order: services with an address
// before marks, IPv4 before IPv6, then address, port and protocol, or the mark.
using ServiceKey = std::tuple<std::uint8_t, std::uint16_t, AddressBytes, std::uint16_t,
                              std::uint16_t, std::uint32_t>;

inline ServiceKey KeyOf(const ServiceRecord& service) {
  return {service.marked, service.family,   service.address,
          service.port,   service.protocol, service.fwmark};
}

// What one destination of a service is told from another by, in canonical order.
using DestinationKey = std::tuple<std::uint16_t, AddressBytes, std::uint16_t>;

inline ServiceKey KeyOf(const ObservedServiceRecord& record) { return KeyOf(record.service); }
inline DestinationKey KeyOf(const ObservedDestinationRecord& record) {
  return {record.destination.family, record.destination.address, record.destination.port};
}

inline std::uint16_t KeyOf(const DaemonRecord& daemon) { return daemon.role; }

// By the device's name, then as destinations.
inline std::tuple<std::string_view, std::uint16_t, AddressBytes, std::uint8_t> KeyOf(
    const DeviceRecord& record) {
  return {
      {record.device, sizeof record.device}, record.family, record.address, record.prefix_length};
}

using ObservedServices = PooledVector<ObservedServiceRecord>;
using ObservedDestinations = PooledVector<ObservedDestinationRecord>;

class ServiceTrees;

// Records and the texts that belong to them: of each service its address, scheduler and engine, of
// each destination its address, of each daemon its device and its group, of each address on a
// device its address, a line each;
// a connection says itself which lines are its own. Cut into
// chunks of one kind of record, so that no one has to take in a large table at once.
class Table {
 public:
  // Records a chunk holds; JavaScript makes its objects from about two thousand in a millisecond.
  static constexpr std::size_t kChunk = 2048;

  struct Chunk {
    ByteBuffer records;
    std::string text;
    std::size_t count = 0;
    bool destinations = false;  // of a snapshot: these are not services
  };

  // Each of these fills an empty table, lists in canonical order and without repetitions:
  // of two records of one object the later one is kept.
  void FillServices(std::span<const ObservedServiceRecord> services);
  void FillDestinations(std::span<const ObservedDestinationRecord> destinations);
  // First every service, then the destinations of one after the other, in whatever order they were
  // read: each carries its service's place among the services.
  void FillSnapshot(ServiceTrees trees);
  void FillDaemons(std::span<const DaemonRecord> daemons);
  void FillDevices(std::span<const DeviceRecord> devices);
  void FillAddresses(std::span<const DeviceRecord> addresses);
  void FillTimeouts(const TimeoutsRecord& timeouts) { FillOne(&timeouts, sizeof timeouts); }
  void FillInfo(const InfoRecord& info) { FillOne(&info, sizeof info); }
  void FillDevice(const DeviceRecord& device) { FillOne(&device, sizeof device); }
  // No records, only text.
  void FillText(std::string text) { chunks_.emplace_back().text = std::move(text); }

  // The table kept changing while it was read, so that something can be missing from it.
  void MarkTorn() { torn_ = true; }
  bool torn() const { return torn_; }

  void Add(Chunk chunk) { chunks_.push_back(std::move(chunk)); }
  // Says that something could not be read and is left out.
  void Skip(std::size_t count) { skipped_ += count; }

  std::vector<Chunk>& chunks() { return chunks_; }
  std::size_t skipped() const { return skipped_; }

 private:
  void FillOne(const void* record, std::size_t size);

  std::vector<Chunk> chunks_;
  bool torn_ = false;
  std::size_t skipped_ = 0;
};

// Services and their destinations, as they were read. A large table's destinations are most of it,
// so they stand where the table will have them, and are not copied again.
class ServiceTrees {
 public:
  struct Tree {
    ObservedServiceRecord service;
    // Its destinations, in canonical order and without repetitions, among those of all.
    std::size_t first = 0;
    std::size_t count = 0;
  };

  // Bare destinations are records alone: what they say is put into words by whoever wants it.
  explicit ServiceTrees(bool bare = false) : bare_(bare) {}

  // Makes room for so many more.
  void Expect(std::size_t services) { trees_.reserve(trees_.size() + services); }
  void Add(const ObservedServiceRecord& service,
           std::span<const ObservedDestinationRecord> destinations);
  // The trees whose service passes.
  template <typename Passes>
  ServiceTrees If(Passes passes) const {
    ServiceTrees chosen(bare_);
    for (const Tree& tree : trees_) {
      if (passes(tree.service)) chosen.AddFrom(*this, tree);
    }
    return chosen;
  }

  std::span<const Tree> trees() const { return trees_; }
  // Takes the destinations out, each of which then has its service's place in this order.
  std::vector<Table::Chunk> TakeDestinations(std::span<const std::uint32_t> order);

 private:
  void AddFrom(const ServiceTrees& other, const Tree& tree);
  void AddDestination(const ObservedDestinationRecord& destination);

  bool bare_;
  PooledVector<Tree> trees_;
  std::vector<Table::Chunk> chunks_;
  std::size_t count_ = 0;
  // Of the destinations that are added: kept for those of the next service.
  PooledVector<std::uint32_t> order_;
};

inline ServiceKey KeyOf(const ServiceTrees::Tree& tree) { return KeyOf(tree.service); }

}  // namespace ipvs
