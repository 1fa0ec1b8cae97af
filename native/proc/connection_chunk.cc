#include "proc/connection_chunk.h"

#include <cstring>
#include <limits>
#include <utility>

#include "address_text.h"

namespace ipvs {

namespace {

constexpr std::size_t kTextsPerConnection = 6;
static_assert(1 + Table::kChunk * kTextsPerConnection <= std::numeric_limits<std::uint16_t>::max());

// A number that differs for most pairs of addresses.
std::size_t Scatter(const AddressBytes& address) {
  std::uint64_t halves[2];
  std::memcpy(halves, address.data(), sizeof halves);
  return static_cast<std::size_t>(((halves[0] * 31 + halves[1]) * 0x9e37'79b9'7f4a'7c15) >> 40);
}

}  // namespace

void ConnectionChunk::Add(const ConnectionLine& connection) {
  ConnectionRecord record{};
  record.expires = connection.expires;
  record.fwmark = connection.fwmark;
  record.client = AddAddress(clients_, connection.client);
  record.virtual_address =
      connection.marked ? 0 : AddAddress(virtual_addresses_, connection.virtual_end);
  record.destination = AddAddress(destinations_, connection.destination);
  record.state = AddState(connection.state);
  if (!connection.engine.empty()) {
    record.engine = AddText(connection.engine);
    record.engine_data = AddText(connection.engine_data);
  }
  record.client_port = connection.client.port;
  record.virtual_port = connection.virtual_end.port;
  record.destination_port = connection.destination.port;
  record.protocol = connection.protocol;
  record.marked = connection.marked;
  record.is_template = connection.is_template;
  record.invalidated = connection.invalidated;
  record.origin = connection.origin;

  if (records_.empty()) records_.Reserve(Table::kChunk * sizeof record);
  records_.Append(&record, sizeof record);
  ++count_;
}

Table::Chunk ConnectionChunk::Take() {
  Table::Chunk chunk{std::move(records_), std::move(text_), count_};
  *this = {};
  return chunk;
}

std::uint16_t ConnectionChunk::AddText(std::string_view text) {
  text_ += '\n';
  text_ += text;
  return lines_++;
}

std::uint16_t ConnectionChunk::AddAddress(KnownAddresses& known, const ConnectionEnd& end) {
  KnownAddress& place = known[Scatter(end.address) % known.size()];
  if (place.end.family != end.family || place.end.address != end.address) {
    text_ += '\n';
    AppendAddress(text_, end.address, end.family);
    place = {end, lines_++};
  }
  return place.line;
}

std::uint16_t ConnectionChunk::AddState(std::string_view state) {
  for (std::size_t index = 0; index < state_count_; ++index) {
    const KnownState& known = states_[index];
    if (std::string_view(text_).substr(known.offset, known.size) == state) return known.line;
  }
  const std::uint16_t line = AddText(state);
  if (state_count_ < states_.size()) {
    states_[state_count_++] = {text_.size() - state.size(), state.size(), line};
  }
  return line;
}

}  // namespace ipvs
