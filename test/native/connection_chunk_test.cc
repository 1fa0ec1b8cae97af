#include "proc/connection_chunk.h"

#include <doctest/doctest.h>

#include <cstring>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "address_text.h"
#include "connection_lines.h"
#include "random.h"

namespace {

using ipvs::ConnectionChunk;
using ipvs::ConnectionLine;
using ipvs::ConnectionRecord;
using ipvs::Table;

ConnectionLine Parsed(std::string_view line, bool origin = false) {
  ConnectionLine connection{};
  REQUIRE(ipvs::ParseConnectionLine(line, {.origin = origin}, connection));
  return connection;
}

// A chunk as its reader sees it.
struct Opened {
  explicit Opened(const Table::Chunk& chunk) : count(chunk.count) {
    REQUIRE(chunk.records.size() == chunk.count * sizeof(ConnectionRecord));
    records.resize(count);
    if (count != 0) std::memcpy(records.data(), chunk.records.data(), chunk.records.size());
    std::istringstream text(chunk.text + '\n');
    for (std::string line; std::getline(text, line);) lines.push_back(line);
  }

  const std::string& Line(std::uint16_t number) const {
    REQUIRE(number < lines.size());
    return lines[number];
  }

  std::size_t count;
  std::vector<ConnectionRecord> records;
  std::vector<std::string> lines;
};

ConnectionLine Random4(Random& random) {
  ConnectionLine connection = Parsed(kLine4);
  // Few of each, so that they come again, and many enough to meet in one place.
  for (auto* end : {&connection.client, &connection.virtual_end, &connection.destination}) {
    end->address = {10, 0, static_cast<std::uint8_t>(random.Below(4)),
                    static_cast<std::uint8_t>(random.Below(200))};
    end->port = random.Number<std::uint16_t>();
  }
  constexpr std::string_view kStates[] = {
      "ESTABLISHED", "CLOSE", "CLOSE_WAIT", "NONE", "A", "B", "C", "D", "E", "F",
      "G",           "H",     "I",          "J",    "K", "L", "M", "N", "O", "P"};
  connection.state = kStates[random.Below(std::size(kStates))];
  return connection;
}

}  // namespace

TEST_SUITE("connection chunk") {
  TEST_CASE("a connection becomes a record that names its texts") {
    ConnectionChunk chunk;
    chunk.Add(Parsed(kLine4));
    chunk.Add(Parsed(kLine6));
    chunk.Add(Parsed(kEngineLine));
    chunk.Add(Parsed(kMarkLine));
    const Opened opened(chunk.Take());
    REQUIRE(opened.count == 4);
    CHECK(opened.Line(0).empty());

    const ConnectionRecord& tcp = opened.records[0];
    CHECK(opened.Line(tcp.client) == "10.0.0.1");
    CHECK(opened.Line(tcp.virtual_address) == "10.9.0.1");
    CHECK(opened.Line(tcp.destination) == "10.1.0.1");
    CHECK(opened.Line(tcp.state) == "ESTABLISHED");
    CHECK(tcp.client_port == 1'000);
    CHECK(tcp.virtual_port == 80);
    CHECK(tcp.destination_port == 8'080);
    CHECK(tcp.protocol == 6);
    CHECK(tcp.expires == 299);
    CHECK(tcp.engine == 0);
    CHECK(tcp.origin == 0);
    CHECK(tcp.is_template == 0);

    CHECK(opened.Line(opened.records[1].client) == "fd10::2");
    CHECK(opened.Line(opened.records[1].virtual_address) == "2001:db8::1");

    const ConnectionRecord& sip = opened.records[2];
    CHECK(opened.Line(sip.engine) == "sip");
    CHECK(opened.Line(sip.engine_data) == "call@host");
    CHECK(sip.is_template == 1);

    const ConnectionRecord& mark = opened.records[3];
    CHECK(mark.marked == 1);
    CHECK(mark.fwmark == 7);
    CHECK(mark.virtual_address == 0);
  }

  TEST_CASE("an engine without data has an empty text, which is another than none") {
    ConnectionChunk chunk;
    chunk.Add(Parsed("UDP 0A00000B 0000 0A070707 13C4 0A010001 13C4 ASSURED 299 sip "));
    const Opened opened(chunk.Take());
    CHECK(opened.Line(opened.records[0].engine) == "sip");
    CHECK(opened.records[0].engine_data != 0);
    CHECK(opened.Line(opened.records[0].engine_data).empty());
  }

  TEST_CASE("the origin and an invalidated template are told") {
    ConnectionChunk chunk;
    chunk.Add(Parsed(kSyncedLine, true));
    chunk.Add(Parsed("TCP 0A000001 0000 0A090001 FFFF 0A010001 FFFF NONE LOCAL 59", true));
    const Opened opened(chunk.Take());
    CHECK(opened.records[0].origin == ipvs::kOriginSync);
    CHECK(opened.records[0].invalidated == 0);
    CHECK(opened.records[1].origin == ipvs::kOriginLocal);
    CHECK(opened.records[1].invalidated == 1);
  }

  TEST_CASE("texts that come again at once are there once") {
    ConnectionChunk chunk;
    for (int count = 0; count < 10; ++count) chunk.Add(Parsed(kLine4));
    const Opened opened(chunk.Take());
    CHECK(opened.count == 10);
    CHECK(opened.lines.size() == 1 + 4);
  }

  TEST_CASE("whatever comes in whatever order, each record names its own texts") {
    Random random(23);
    ConnectionChunk chunk;
    for (int round = 0; round < 3; ++round) {
      std::vector<ConnectionLine> added;
      while (!chunk.full()) chunk.Add(added.emplace_back(Random4(random)));
      CHECK(added.size() == Table::kChunk);
      const Opened opened(chunk.Take());
      REQUIRE(opened.count == added.size());
      for (std::size_t index = 0; index < added.size(); ++index) {
        const ConnectionRecord& record = opened.records[index];
        const auto check = [&](const ipvs::ConnectionEnd& end, std::uint16_t line) {
          std::string expected;
          ipvs::AppendAddress(expected, end.address, end.family);
          if (opened.Line(line) != expected) FAIL(opened.Line(line) << " is not " << expected);
        };
        check(added[index].client, record.client);
        check(added[index].virtual_end, record.virtual_address);
        check(added[index].destination, record.destination);
        if (opened.Line(record.state) != added[index].state) FAIL("at " << index);
      }
    }
  }

  TEST_CASE("a full chunk of the longest texts keeps its numbers") {
    ConnectionChunk chunk;
    const std::string data(255, 'x');
    std::string line;
    for (std::size_t index = 0; index < Table::kChunk; ++index) {
      std::ostringstream text;
      text << "UDP fd10:0000:0000:0000:0000:0000:0000:" << std::hex;
      text.width(4);
      text.fill('0');
      text << index << " 0000 2001:0db8:0000:0000:0000:0000:0000:0001 13C4 "
           << "fd20:0000:0000:0000:0000:0000:0000:0002 13C4 S" << index << " 9 sip " << data
           << index;
      line = text.str();
      chunk.Add(Parsed(line));
    }
    CHECK(chunk.full());
    const Opened opened(chunk.Take());
    std::ostringstream last;
    last << data << std::hex << Table::kChunk - 1;
    CHECK(opened.Line(opened.records.back().engine_data) == last.str());
  }

  TEST_CASE("after it was taken it begins anew") {
    ConnectionChunk chunk;
    CHECK(Opened(chunk.Take()).count == 0);
    chunk.Add(Parsed(kLine4));
    CHECK(Opened(chunk.Take()).count == 1);
    chunk.Add(Parsed(kLine4));
    const Opened again(chunk.Take());
    CHECK(again.count == 1);
    CHECK(again.Line(again.records[0].client) == "10.0.0.1");
    CHECK(Opened(chunk.Take()).count == 0);
  }
}
