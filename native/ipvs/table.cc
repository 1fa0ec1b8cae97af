#include "ipvs/table.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string_view>
#include <type_traits>

#include "address_text.h"

namespace ipvs {

namespace {

// Texts are joined by line ends, so a name may not contain one. No module has such a name.
void AppendName(std::string& text, const char* name, std::size_t size) {
  const std::size_t start = text.size();
  text.append(name, ::strnlen(name, size));
  std::replace(text.begin() + static_cast<std::ptrdiff_t>(start), text.end(), '\n', '?');
}

void AppendText(std::string& text, const ObservedServiceRecord& record) {
  const ServiceRecord& service = record.service;
  if (service.marked == 0) AppendAddress(text, service.address, service.family);
  text += '\n';
  AppendName(text, service.scheduler, sizeof service.scheduler);
  text += '\n';
  AppendName(text, service.engine, sizeof service.engine);
}

void AppendText(std::string& text, const ObservedDestinationRecord& record) {
  AppendAddress(text, record.destination.address, record.destination.family);
}

void AppendText(std::string& text, const DaemonRecord& daemon) {
  AppendName(text, daemon.device, sizeof daemon.device);
  text += '\n';
  if (daemon.group_family != 0) AppendAddress(text, daemon.group, daemon.group_family);
}

void AppendText(std::string& text, const DeviceRecord& record) {
  // A device that is listed for itself has none.
  if (record.family != 0) AppendAddress(text, record.address, record.family);
}

using Places = PooledVector<std::uint32_t>;

// The places of `count` records in canonical order, without moving the records themselves about;
// `at` gives the record at a place. The kernel finds its place in an unfinished list by counting,
// so what is added meanwhile can bring a record twice: the one read later is kept.
template <typename At>
void Order(std::size_t count, At at, Places& order) {
  order.resize(count);
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
    const auto left_key = KeyOf(at(left));
    const auto right_key = KeyOf(at(right));
    return left_key != right_key ? left_key < right_key : left > right;
  });
  order.erase(std::unique(order.begin(), order.end(),
                          [&](std::uint32_t left, std::uint32_t right) {
                            return KeyOf(at(left)) == KeyOf(at(right));
                          }),
              order.end());
}

// Appends records of one kind to a table, in chunks.
template <typename Record>
class ChunkWriter {
 public:
  ChunkWriter(std::vector<Table::Chunk>& chunks, std::size_t expected)
      : chunks_(chunks), expected_(expected) {}

  void Add(const Record& record) {
    if (left_ == 0) Begin();
    --left_;
    Table::Chunk& chunk = chunks_.back();
    chunk.records.Append(&record, sizeof record);
    if (chunk.count++ != 0) chunk.text += '\n';
    AppendText(chunk.text, record);
  }

 private:
  void Begin() {
    left_ = Table::kChunk;
    Table::Chunk& chunk = chunks_.emplace_back();
    chunk.destinations = std::is_same_v<Record, ObservedDestinationRecord>;
    chunk.records.Reserve(std::min(expected_, Table::kChunk) * sizeof(Record));
    expected_ -= std::min(expected_, Table::kChunk);
  }

  std::vector<Table::Chunk>& chunks_;
  std::size_t expected_;
  std::size_t left_ = 0;
};

template <typename Record>
void WriteInOrder(std::span<const Record> records, std::vector<Table::Chunk>& chunks) {
  Places order;
  Order(
      records.size(), [&](std::uint32_t place) -> const Record& { return records[place]; }, order);
  ChunkWriter<Record> writer(chunks, records.size());
  for (const std::uint32_t place : order) writer.Add(records[place]);
}

}  // namespace

void ServiceTrees::Add(const ObservedServiceRecord& service,
                       std::span<const ObservedDestinationRecord> destinations) {
  trees_.push_back({service, count_, destinations.size()});
  count_ += destinations.size();
  while (!destinations.empty()) {
    if (blocks_.empty() || blocks_.back().size() == kBlock) {
      blocks_.emplace_back();
      // Of a small table the only block is as large as it needs to be.
      if (blocks_.size() > 1) blocks_.back().reserve(kBlock);
    }
    ObservedDestinations& block = blocks_.back();
    const auto part = destinations.first(std::min(destinations.size(), kBlock - block.size()));
    block.insert(block.end(), part.begin(), part.end());
    destinations = destinations.subspan(part.size());
  }
}

void ServiceTrees::Clear() {
  trees_.clear();
  blocks_.clear();
  count_ = 0;
}

void Table::FillServices(std::span<const ObservedServiceRecord> services) {
  WriteInOrder(services, chunks_);
}

void Table::FillDestinations(std::span<const ObservedDestinationRecord> destinations) {
  WriteInOrder(destinations, chunks_);
}

void Table::FillSnapshot(const ServiceTrees& snapshot) {
  const auto trees = snapshot.trees();
  Places order(trees.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
    return KeyOf(trees[left].service) < KeyOf(trees[right].service);
  });

  std::size_t expected = 0;
  ChunkWriter<ObservedServiceRecord> services(chunks_, trees.size());
  for (const std::uint32_t index : order) {
    services.Add(trees[index].service);
    expected += trees[index].count;
  }
  ChunkWriter<ObservedDestinationRecord> destinations(chunks_, expected);
  Places own;  // of one service's destinations
  for (std::uint32_t place = 0; place < order.size(); ++place) {
    const auto& [_, first, count] = trees[order[place]];
    const auto at = [&, start = first](std::uint32_t index) -> const ObservedDestinationRecord& {
      return snapshot.destination(start + index);
    };
    Order(count, at, own);
    for (const std::uint32_t index : own) {
      ObservedDestinationRecord record = at(index);
      record.service = place;
      destinations.Add(record);
    }
  }
}

void Table::FillDaemons(std::span<const DaemonRecord> daemons) { WriteInOrder(daemons, chunks_); }

void Table::FillDevices(std::span<const DeviceRecord> devices) { WriteInOrder(devices, chunks_); }

void Table::FillAddresses(std::span<const DeviceRecord> addresses) {
  WriteInOrder(addresses, chunks_);
}

void Table::FillOne(const void* record, std::size_t size) {
  Chunk& chunk = chunks_.emplace_back();
  chunk.count = 1;
  chunk.records.Append(record, size);
}

}  // namespace ipvs
