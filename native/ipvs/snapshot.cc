#include "ipvs/snapshot.h"

#include <algorithm>
#include <cstring>
#include <set>
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

// Adds the services that are not among the trees, with their destinations.
Status ReadTrees(SnapshotSource& source, const ObservedServices& services, ServiceTrees& trees,
                 bool* torn) {
  std::set<ServiceKey> seen;
  for (const auto& tree : trees.trees()) seen.insert(KeyOf(tree.service));
  trees.Expect(services.size());
  ObservedDestinations destinations;
  for (const ObservedServiceRecord& service : services) {
    if (!seen.insert(KeyOf(service)).second) continue;
    destinations.clear();
    auto status = source.ListDestinations(service.service, destinations, torn);
    if (!status.ok()) return status;
    trees.Add(service, destinations);
  }
  return Status::Ok();
}

// Makes the best of what changed while it was read: `later` is the list of services at the end.
Status Settle(SnapshotSource& source, const ObservedServices& later, ServiceTrees& trees) {
  std::set<ServiceKey> listed;
  for (const auto& service : later) listed.insert(KeyOf(service));
  Status failure;
  trees = trees.If([&](const ObservedServiceRecord& service) {
    if (!failure.ok() || listed.contains(KeyOf(service))) return true;
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

Status FillSnapshot(SnapshotSource& source, Table& table) {
  ServiceTrees trees;
  ObservedServices list;
  ListReading reading;
  if (auto status = source.ListServices(reading, list); !status.ok()) return status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    bool torn = false;
    trees = {};
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
