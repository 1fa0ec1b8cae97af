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

// The places of records in canonical order, without moving the records themselves about. The kernel
// finds its place in an unfinished list by counting, so what is added meanwhile can bring a record
// twice: the one read later is kept.
template <typename Record>
void Order(std::span<const Record> records, Places& order) {
  order.resize(records.size());
  std::iota(order.begin(), order.end(), 0u);
  // Nearly always they come in that order.
  const auto follows = [](const Record& left, const Record& right) {
    return !(KeyOf(left) < KeyOf(right));
  };
  if (std::adjacent_find(records.begin(), records.end(), follows) == records.end()) return;
  std::sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
    const auto left_key = KeyOf(records[left]);
    const auto right_key = KeyOf(records[right]);
    return left_key != right_key ? left_key < right_key : left > right;
  });
  order.erase(std::unique(order.begin(), order.end(),
                          [&](std::uint32_t left, std::uint32_t right) {
                            return KeyOf(records[left]) == KeyOf(records[right]);
                          }),
              order.end());
}

// Appends a record to a chunk that has room for it.
template <typename Record>
void Append(Table::Chunk& chunk, const Record& record, bool bare = false) {
  chunk.records.Append(&record, sizeof record);
  const bool first = chunk.count++ == 0;
  if (bare) return;
  if (!first) chunk.text += '\n';
  AppendText(chunk.text, record);
}

// Appends so many records of one kind to a table, in chunks.
template <typename Record>
class ChunkWriter {
 public:
  ChunkWriter(std::vector<Table::Chunk>& chunks, std::size_t expected)
      : chunks_(chunks), expected_(expected) {}

  void Add(const Record& record) {
    if (left_ == 0) Begin();
    --left_;
    Append(chunks_.back(), record);
  }

 private:
  void Begin() {
    left_ = Table::kChunk;
    const std::size_t expected = std::min(expected_, Table::kChunk);
    Table::Chunk& chunk = chunks_.emplace_back();
    chunk.destinations = std::is_same_v<Record, ObservedDestinationRecord>;
    chunk.records.Reserve(expected * sizeof(Record));
    expected_ -= expected;
  }

  std::vector<Table::Chunk>& chunks_;
  std::size_t expected_;
  std::size_t left_ = 0;
};

template <typename Record>
void WriteInOrder(std::span<const Record> records, std::vector<Table::Chunk>& chunks) {
  Places order;
  Order(records, order);
  ChunkWriter<Record> writer(chunks, records.size());
  for (const std::uint32_t place : order) writer.Add(records[place]);
}

// Where the destination at a place stands, in chunks that hold nothing else.
template <typename Chunks>
auto* DestinationAt(Chunks& chunks, std::size_t place) {
  return chunks[place / Table::kChunk].records.data() +
         place % Table::kChunk * sizeof(ObservedDestinationRecord);
}

}  // namespace

void Table::FillServices(std::span<const ObservedServiceRecord> services) {
  WriteInOrder(services, chunks_);
}

void Table::FillDestinations(std::span<const ObservedDestinationRecord> destinations) {
  WriteInOrder(destinations, chunks_);
}

void Table::FillSnapshot(ServiceTrees snapshot) {
  const auto trees = snapshot.trees();
  Places order;
  Order(trees, order);
  ChunkWriter<ObservedServiceRecord> services(chunks_, trees.size());
  for (const std::uint32_t place : order) services.Add(trees[place].service);
  for (Chunk& chunk : snapshot.TakeDestinations(order)) chunks_.push_back(std::move(chunk));
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

void ServiceTrees::Add(const ObservedServiceRecord& service,
                       std::span<const ObservedDestinationRecord> destinations) {
  Order(destinations, order_);
  trees_.push_back({service, count_, order_.size()});
  for (const std::uint32_t place : order_) AddDestination(destinations[place]);
}

void ServiceTrees::AddFrom(const ServiceTrees& other, const Tree& tree) {
  trees_.push_back({tree.service, count_, tree.count});
  for (std::size_t place = tree.first; place < tree.first + tree.count; ++place) {
    ObservedDestinationRecord destination;
    std::memcpy(&destination, DestinationAt(other.chunks_, place), sizeof destination);
    AddDestination(destination);
  }
}

void ServiceTrees::AddDestination(const ObservedDestinationRecord& destination) {
  if (count_ % Table::kChunk == 0) {
    Table::Chunk& chunk = chunks_.emplace_back();
    chunk.destinations = true;
    // Of a small table the only chunk is not much larger than it needs to be.
    if (count_ != 0) {
      chunk.records.Reserve(Table::kChunk * sizeof destination);
      chunk.text.reserve(chunks_.front().text.size());
    }
  }
  Append(chunks_.back(), destination, bare_);
  ++count_;
}

std::vector<Table::Chunk> ServiceTrees::TakeDestinations(std::span<const std::uint32_t> order) {
  for (std::uint32_t service = 0; service < order.size(); ++service) {
    const auto& [_, first, count] = trees_[order[service]];
    for (std::size_t place = first; place < first + count; ++place) {
      std::byte* record = DestinationAt(chunks_, place);
      std::memcpy(record + offsetof(ObservedDestinationRecord, service), &service, sizeof service);
    }
  }
  return std::move(chunks_);
}

}  // namespace ipvs
