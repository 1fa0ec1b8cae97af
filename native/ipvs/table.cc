#include "ipvs/table.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string_view>
#include <tuple>

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

void AppendText(std::string& text, const DeviceRecord& record) {
  AppendAddress(text, record.address, record.family);
}

// Sorts by what `key` makes of a record, without moving the records themselves about. The
// kernel finds its place in an unfinished list by counting, so what is added meanwhile can
// bring a record twice: the one read later is kept.
template <typename Record, typename Key>
std::vector<Table::Chunk> SortIntoChunks(const std::vector<Record>& records, Key key) {
  std::vector<std::uint32_t> order(records.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
    const auto left_key = key(records[left]);
    const auto right_key = key(records[right]);
    return left_key != right_key ? left_key < right_key : left > right;
  });
  order.erase(std::unique(order.begin(), order.end(),
                          [&](std::uint32_t left, std::uint32_t right) {
                            return key(records[left]) == key(records[right]);
                          }),
              order.end());

  std::vector<Table::Chunk> chunks;
  for (std::size_t start = 0; start < order.size(); start += Table::kChunk) {
    Table::Chunk& chunk = chunks.emplace_back();
    chunk.count = std::min(Table::kChunk, order.size() - start);
    chunk.records.resize(chunk.count * sizeof(Record));
    for (std::size_t index = 0; index < chunk.count; ++index) {
      const Record& record = records[order[start + index]];
      std::memcpy(chunk.records.data() + index * sizeof(Record), &record, sizeof(Record));
      if (index != 0) chunk.text += '\n';
      AppendText(chunk.text, record);
    }
  }
  return chunks;
}

}  // namespace

void Table::FillServices(std::vector<ObservedServiceRecord> services) {
  chunks_ = SortIntoChunks(
      services, [](const ObservedServiceRecord& record) { return KeyOf(record.service); });
}

void Table::FillDestinations(std::vector<ObservedDestinationRecord> destinations) {
  chunks_ = SortIntoChunks(destinations, [](const ObservedDestinationRecord& record) {
    const DestinationRecord& destination = record.destination;
    return std::tie(destination.family, destination.address, destination.port);
  });
}

void Table::FillAddresses(std::vector<DeviceRecord> addresses) {
  chunks_ = SortIntoChunks(addresses, [](const DeviceRecord& record) {
    const std::string_view device(record.device, sizeof record.device);
    return std::tuple(device, record.family, record.address, record.prefix_length);
  });
}

void Table::FillOne(const void* record, std::size_t size) {
  Chunk& chunk = chunks_.emplace_back();
  chunk.count = 1;
  chunk.records.resize(size);
  std::memcpy(chunk.records.data(), record, size);
}

}  // namespace ipvs
