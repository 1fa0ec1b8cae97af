// A file of connections: its lines are the same however it comes in pieces, and a connection that
// was read is printed as the kernel prints it, and then read as the same.

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string>

#include "check.h"
#include "proc/connection_chunk.h"
#include "proc/connection_filter.h"
#include "proc/connection_line.h"
#include "proc/line_reader.h"
#include "proc/seen_connections.h"
#include "table_check.h"

namespace {

using fuzz::Check;
using ipvs::ConnectionColumns;
using ipvs::ConnectionEnd;
using ipvs::ConnectionFilterRecord;
using ipvs::ConnectionLine;
using ipvs::ConnectionRecord;
using ipvs::LineReader;

// So short that lines of an input outgrow it; that of the library is 32 KiB.
constexpr std::size_t kLineBuffer = 256;

struct Lines {
  std::vector<std::string> whole;
  std::size_t skipped = 0;

  bool operator==(const Lines&) const = default;
};

// The lines as anyone would find them who has the whole text. One that is cut off at the end is
// left out.
Lines FindLines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t size = text.find('\n');
    if (size < kLineBuffer) {
      lines.whole.emplace_back(text.substr(0, size));
    } else {
      ++lines.skipped;
    }
    if (size == std::string_view::npos) break;
    text.remove_prefix(size + 1);
  }
  return lines;
}

// The lines of a text that comes in pieces of these sizes, over and over.
Lines ReadLines(std::string_view text, std::span<const std::uint8_t> sizes) {
  Lines lines;
  LineReader reader(kLineBuffer);
  for (std::size_t piece = 0;; ++piece) {
    while (const auto line = reader.Next()) lines.whole.emplace_back(*line);
    if (text.empty()) break;
    const auto room = reader.Room();
    Check(!room.empty() && room.size() <= kLineBuffer, "there is room for the next piece");
    const std::size_t size =
        std::min({sizes[piece % sizes.size()] + std::size_t{1}, room.size(), text.size()});
    text.copy(room.data(), size);
    reader.Filled(size);
    text.remove_prefix(size);
  }
  // The end comes with a last piece that is empty.
  Check(!reader.Room().empty(), "there is room for the end");
  reader.Filled(0);
  reader.End();
  while (const auto line = reader.Next()) lines.whole.emplace_back(*line);
  Check(!reader.Next(), "the end is the end");
  lines.skipped = reader.skipped();
  return lines;
}

void CheckLines(std::string_view text, std::span<const std::uint8_t> sizes) {
  const Lines expected = FindLines(text);
  constexpr std::array<std::uint8_t, 1> kLarge = {255};
  Check(ReadLines(text, kLarge) == expected, "a text has its lines");
  Check(ReadLines(text, sizes) == expected, "a text in pieces has the lines of the whole");
}

std::string Print(const ConnectionEnd& end) {
  char text[64];
  const auto& bytes = end.address;
  if (end.family == AF_INET) {
    std::snprintf(text, sizeof text, " %02X%02X%02X%02X %04X", bytes[0], bytes[1], bytes[2],
                  bytes[3], end.port);
    return text;
  }
  std::string line;
  for (std::size_t group = 0; group < 8; ++group) {
    std::snprintf(text, sizeof text, "%c%02x%02x", group == 0 ? ' ' : ':', bytes[group * 2],
                  bytes[group * 2 + 1]);
    line += text;
  }
  std::snprintf(text, sizeof text, " %04X", end.port);
  return line + text;
}

std::string Padded(std::string_view text, std::size_t size) {
  std::string line = " " + std::string(text);
  line.resize(std::max(line.size(), size + 1), ' ');
  return line;
}

// A connection's line in either file of the kernel's.
std::string Print(const ConnectionLine& connection, bool with_origin) {
  std::string line = "IP_" + std::to_string(connection.protocol) + Print(connection.client) +
                     Print(connection.virtual_end) + Print(connection.destination) +
                     Padded(connection.state, 11);
  if (with_origin) {
    line += Padded(connection.origin == ipvs::kOriginLocal ? "LOCAL" : "SYNC", 6);
  }
  line += " " + std::to_string(connection.expires);
  if (!connection.engine.empty()) {
    line += " " + std::string(connection.engine) + " " + std::string(connection.engine_data);
  }
  return line;
}

bool SameEnd(const ConnectionEnd& one, const ConnectionEnd& other) {
  return one.address == other.address && one.family == other.family && one.port == other.port;
}

bool SameConnection(const ConnectionLine& one, const ConnectionLine& other) {
  return SameEnd(one.client, other.client) && SameEnd(one.virtual_end, other.virtual_end) &&
         SameEnd(one.destination, other.destination) && one.protocol == other.protocol &&
         one.is_template == other.is_template && one.invalidated == other.invalidated &&
         one.marked == other.marked && one.fwmark == other.fwmark && one.expires == other.expires &&
         one.state == other.state;
}

void CheckPrinted(const ConnectionLine& before, bool with_origin) {
  const std::string line = Print(before, with_origin);
  ConnectionColumns columns;
  columns.origin = with_origin;
  ConnectionLine after;
  Check(ParseConnectionLine(line, columns, after), "a connection that was printed can be read");
  Check(SameConnection(before, after), "a connection is printed as it was read");
  if (with_origin) {
    Check(before.origin == 0 || before.origin == after.origin,
          "an origin is printed as it was read");
  } else if (!before.engine.empty()) {
    Check(before.engine == after.engine && before.engine_data == after.engine_data,
          "an engine is printed as it was read");
  }
}

// A filter that asks for all that this connection is.
void CheckWanted(const ConnectionLine& connection) {
  ConnectionFilterRecord filter{};
  Check(Matches(filter, connection), "every connection is wanted where nothing is asked for");
  filter.by_protocol = 1;
  filter.protocol = connection.protocol;
  filter.client_family = connection.client.family;
  filter.client = connection.client.address;
  filter.client_prefix = connection.client.family == AF_INET ? 32 : 128;
  filter.by_destination_port = 1;
  filter.destination.family = connection.destination.family;
  filter.destination.address = connection.destination.address;
  filter.destination.port = connection.destination.port;
  filter.service.family = connection.virtual_end.family;
  filter.service.marked = connection.marked;
  filter.service.fwmark = connection.fwmark;
  filter.service.protocol = connection.protocol;
  filter.service.address = connection.virtual_end.address;
  filter.service.port = connection.virtual_end.port;
  Check(Matches(filter, connection), "a connection is wanted by all that it is");
  (connection.is_template ? filter.skip_templates : filter.skip_others) = 1;
  Check(!Matches(filter, connection), "a connection is not wanted where its kind is not");
}

bool LiesIn(std::string_view part, std::string_view line) {
  return part.empty() ||
         (part.data() >= line.data() && part.data() + part.size() <= line.data() + line.size());
}

void CheckChunk(ipvs::ConnectionChunk& connections, std::size_t count) {
  const auto chunk = connections.Take();
  Check(chunk.count == count && chunk.records.size() == count * sizeof(ConnectionRecord),
        "a chunk has the connections that were added");
  const std::size_t lines = fuzz::LinesOf(chunk.text);
  for (std::size_t index = 0; index < count; ++index) {
    ConnectionRecord record;
    std::memcpy(&record, chunk.records.data() + index * sizeof record, sizeof record);
    for (const auto line : {record.client, record.virtual_address, record.destination, record.state,
                            record.engine, record.engine_data}) {
      Check(line < lines, "a connection names lines that are there");
    }
  }
}

// Reads lines as connections of a file with these columns.
void ReadConnections(const Lines& lines, const ConnectionColumns& columns) {
  ipvs::ConnectionChunk chunk;
  ipvs::SeenConnections seen;
  std::size_t count = 0;
  for (const std::string& line : lines.whole) {
    ConnectionLine connection;
    if (!ParseConnectionLine(line, columns, connection)) continue;
    Check(!connection.state.empty() && LiesIn(connection.state, line) &&
              LiesIn(connection.engine, line) && LiesIn(connection.engine_data, line),
          "the texts of a connection lie in its line");
    CheckPrinted(connection, columns.origin);
    CheckWanted(connection);
    seen.Add(connection);
    Check(!seen.Add(connection), "a connection that was seen is not new");
    if (chunk.full()) break;
    chunk.Add(connection);
    ++count;
  }
  CheckChunk(chunk, count);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The pieces are as long as the first bytes say, whatever else these are.
  constexpr std::array<std::uint8_t, 1> kSmall = {0};
  const auto sizes = size == 0 ? std::span<const std::uint8_t>(kSmall)
                               : std::span(data, std::min<std::size_t>(size, 8));
  CheckLines(text, sizes);
  if (size <= 4 * kLineBuffer) CheckLines(text, kSmall);

  const Lines lines = FindLines(text);
  if (lines.whole.empty()) return 0;
  if (const auto columns = ipvs::ParseConnectionHeader(lines.whole.front())) {
    ReadConnections(lines, *columns);
  }
  for (const bool origin : {false, true}) ReadConnections(lines, {origin, 0});
  return 0;
}
