#include "ipvs/snapshot.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>
#include <utility>

namespace ipvs {

namespace {

constexpr int kAttempts = 3;

// Whether two services are set up alike; their counters do not matter.
bool SameSettings(const ServiceRecord& left, const ServiceRecord& right) {
  return std::memcmp(&left, &right, sizeof left) == 0;
}

// Whether a list has the services of a snapshot and no others, in the same order, and all set up
// as they were.
bool SameServices(std::span<const ServiceTrees::Tree> trees, const ObservedServices& list) {
  return std::equal(trees.begin(), trees.end(), list.begin(), list.end(),
                    [](const ServiceTrees::Tree& tree, const ObservedServiceRecord& record) {
                      return KeyOf(tree.service) == KeyOf(record) &&
                             SameSettings(tree.service.service, record.service);
                    });
}

// Keys of services, each once.
class ServiceKeys {
 public:
  // There is room for so many.
  explicit ServiceKeys(std::size_t most) : slots_(std::bit_ceil(2 * most + 1)) {
    keys_.reserve(most);
  }

  // False where it is there already.
  bool Insert(const ServiceKey& key) {
    std::uint32_t& slot = slots_[SlotOf(key)];
    if (slot != 0) return false;
    keys_.push_back(key);
    slot = static_cast<std::uint32_t>(keys_.size());
    return true;
  }

  bool Contains(const ServiceKey& key) const { return slots_[SlotOf(key)] != 0; }

 private:
  // Where the key stands, or has its place.
  std::size_t SlotOf(const ServiceKey& key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = Hash(key) & mask;
    while (slots_[slot] != 0 && keys_[slots_[slot] - 1] != key) slot = (slot + 1) & mask;
    return slot;
  }

  static std::size_t Hash(const ServiceKey& key) {
    const auto& [marked, family, address, port, protocol, fwmark] = key;
    const std::string_view bytes(reinterpret_cast<const char*>(address.data()), address.size());
    const std::uint64_t rest = (std::uint64_t{fwmark} << 32) | (std::uint64_t{port} << 16) |
                               static_cast<std::uint64_t>(protocol ^ family ^ marked);
    return std::hash<std::string_view>()(bytes) ^ std::hash<std::uint64_t>()(rest * kSpread);
  }

  // Odd, and its bits are as good as random: what differs in some bits differs in all after it.
  static constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;

  PooledVector<ServiceKey> keys_;
  // One more than the place among the keys; 0 where there is none.
  PooledVector<std::uint32_t> slots_;
};

// Adds the services that are not among the trees, with their destinations.
Status ReadTrees(SnapshotSource& source, const ObservedServices& services, ServiceTrees& trees,
                 bool* torn) {
  ServiceKeys seen(trees.trees().size() + services.size());
  for (const auto& tree : trees.trees()) seen.Insert(KeyOf(tree.service));
  trees.Expect(services.size());
  ObservedDestinations destinations;
  for (const ObservedServiceRecord& service : services) {
    if (!seen.Insert(KeyOf(service))) continue;
    destinations.clear();
    auto status = source.ListDestinations(service.service, destinations, torn);
    if (!status.ok()) return status;
    trees.Add(service, destinations);
  }
  return Status::Ok();
}

// Makes the best of what changed while it was read: `later` is the list of services at the end.
Status Settle(SnapshotSource& source, const ObservedServices& later, ServiceTrees& trees) {
  ServiceKeys listed(later.size());
  for (const auto& service : later) listed.Insert(KeyOf(service));
  Status failure;
  trees = trees.If([&](const ObservedServiceRecord& service) {
    if (!failure.ok() || listed.Contains(KeyOf(service))) return true;
    // What the later list does not have is gone, or the kernel passed over it.
    bool there = false;
    failure = source.FindService(service.service, &there);
    return there;
  });
  if (!failure.ok()) return failure;
  bool torn = false;
  return ReadTrees(source, later, trees, &torn);
}

}  // namespace

Status FillSnapshot(SnapshotSource& source, bool bare, Table& table) {
  ServiceTrees trees(bare);
  ObservedServices list;
  ListReading reading;
  if (auto status = source.ListServices(reading, list); !status.ok()) return status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    bool torn = false;
    trees = ServiceTrees(bare);
    // Each attempt begins with the list with which the last one ended.
    if (auto status = ReadTrees(source, list, trees, &torn); !status.ok()) return status;
    list.clear();
    if (auto status = source.ListServices(reading, list); !status.ok()) return status;
    if (!torn && SameServices(trees.trees(), list)) {
      table.FillSnapshot(std::move(trees));
      return Status::Ok();
    }
  }
  if (auto status = Settle(source, list, trees); !status.ok()) return status;
  table.MarkTorn();
  table.FillSnapshot(std::move(trees));
  return Status::Ok();
}

}  // namespace ipvs
