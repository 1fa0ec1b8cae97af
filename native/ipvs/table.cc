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

// The places of the records in canonical order, without moving the records themselves about. The
// kernel finds its place in an unfinished list by counting, so what is added meanwhile can
// bring a record twice: the one read later is kept.
template <typename Record>
std::vector<std::uint32_t> Order(const std::vector<Record>& records) {
  std::vector<std::uint32_t> order(records.size());
  std::iota(order.begin(), order.end(), 0u);
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
  return order;
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
    const auto* bytes = reinterpret_cast<const std::byte*>(&record);
    chunk.records.insert(chunk.records.end(), bytes, bytes + sizeof record);
    if (chunk.count++ != 0) chunk.text += '\n';
    AppendText(chunk.text, record);
  }

 private:
  void Begin() {
    left_ = Table::kChunk;
    Table::Chunk& chunk = chunks_.emplace_back();
    chunk.destinations = std::is_same_v<Record, ObservedDestinationRecord>;
    chunk.records.reserve(std::min(expected_, Table::kChunk) * sizeof(Record));
    expected_ -= std::min(expected_, Table::kChunk);
  }

  std::vector<Table::Chunk>& chunks_;
  std::size_t expected_;
  std::size_t left_ = 0;
};

template <typename Record>
void WriteInOrder(const std::vector<Record>& records, std::vector<Table::Chunk>& chunks) {
  ChunkWriter<Record> writer(chunks, records.size());
  for (const std::uint32_t index : Order(records)) writer.Add(records[index]);
}

}  // namespace

void Table::FillServices(const std::vector<ObservedServiceRecord>& services) {
  WriteInOrder(services, chunks_);
}

void Table::FillDestinations(const std::vector<ObservedDestinationRecord>& destinations) {
  WriteInOrder(destinations, chunks_);
}

void Table::FillSnapshot(const std::vector<ServiceTree>& trees) {
  std::vector<std::uint32_t> order(trees.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
    return KeyOf(trees[left].service) < KeyOf(trees[right].service);
  });

  std::size_t expected = 0;
  ChunkWriter<ObservedServiceRecord> services(chunks_, trees.size());
  for (const std::uint32_t index : order) {
    services.Add(trees[index].service);
    expected += trees[index].destinations.size();
  }
  ChunkWriter<ObservedDestinationRecord> destinations(chunks_, expected);
  for (std::uint32_t place = 0; place < order.size(); ++place) {
    const auto& records = trees[order[place]].destinations;
    for (const std::uint32_t index : Order(records)) {
      ObservedDestinationRecord record = records[index];
      record.service = place;
      destinations.Add(record);
    }
  }
}

void Table::FillDaemons(const std::vector<DaemonRecord>& daemons) {
  WriteInOrder(daemons, chunks_);
}

void Table::FillDevices(const std::vector<DeviceRecord>& devices) {
  WriteInOrder(devices, chunks_);
}

void Table::FillAddresses(const std::vector<DeviceRecord>& addresses) {
  WriteInOrder(addresses, chunks_);
}

void Table::FillOne(const void* record, std::size_t size) {
  Chunk& chunk = chunks_.emplace_back();
  chunk.count = 1;
  chunk.records.resize(size);
  std::memcpy(chunk.records.data(), record, size);
}

}  // namespace ipvs
