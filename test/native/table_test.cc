#include "ipvs/table.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "random.h"

namespace {

using ipvs::AddressBytes;
using ipvs::DaemonRecord;
using ipvs::DeviceRecord;
using ipvs::ObservedDestinationRecord;
using ipvs::ObservedServiceRecord;
using ipvs::ServiceTrees;
using ipvs::Table;

AddressBytes Address(std::initializer_list<std::uint8_t> first, std::uint8_t last = 0) {
  AddressBytes address{};
  std::copy(first.begin(), first.end(), address.begin());
  if (last != 0) address.back() = last;
  return address;
}

template <std::size_t size>
void SetName(char (&to)[size], std::string_view name) {
  REQUIRE(name.size() <= size);
  std::memcpy(to, name.data(), name.size());
}

ObservedServiceRecord Service(std::uint16_t family, const AddressBytes& address, std::uint16_t port,
                              std::uint16_t protocol = 6, std::string_view scheduler = "rr") {
  ObservedServiceRecord record{};
  record.service.family = family;
  record.service.address = address;
  record.service.port = port;
  record.service.protocol = protocol;
  SetName(record.service.scheduler, scheduler);
  return record;
}

ObservedServiceRecord Mark(std::uint16_t family, std::uint32_t fwmark) {
  ObservedServiceRecord record{};
  record.service.family = family;
  record.service.marked = 1;
  record.service.fwmark = fwmark;
  SetName(record.service.scheduler, "wlc");
  return record;
}

ObservedDestinationRecord Destination(std::uint16_t family, const AddressBytes& address,
                                      std::uint16_t port, std::uint32_t weight = 1) {
  ObservedDestinationRecord record{};
  record.destination.family = family;
  record.destination.address = address;
  record.destination.port = port;
  record.destination.weight = weight;
  return record;
}

DeviceRecord Bound(std::string_view device, std::uint16_t family, const AddressBytes& address,
                   std::uint8_t prefix_length, std::uint8_t scope = 0) {
  DeviceRecord record{};
  SetName(record.device, device);
  record.family = family;
  record.address = address;
  record.prefix_length = prefix_length;
  record.scope = scope;
  return record;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char each : text) {
    if (each == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += each;
    }
  }
  return lines;
}

template <typename Record>
Record RecordAt(const Table::Chunk& chunk, std::size_t index) {
  Record record;
  std::memcpy(&record, chunk.records.data() + index * sizeof record, sizeof record);
  return record;
}

template <typename Record>
std::vector<Record> RecordsOf(Table& table) {
  std::vector<Record> all;
  for (const Table::Chunk& chunk : table.chunks()) {
    REQUIRE(chunk.records.size() == chunk.count * sizeof(Record));
    for (std::size_t index = 0; index < chunk.count; ++index) {
      all.push_back(RecordAt<Record>(chunk, index));
    }
  }
  return all;
}

template <typename Record>
bool SameBytes(const Record& left, const Record& right) {
  return std::memcmp(&left, &right, sizeof(Record)) == 0;
}

// Every order of `records` must lead to the same one.
template <typename Record, typename Fill>
void CheckCanonical(const std::vector<Record>& expected, Fill fill) {
  Random random(11);
  for (int round = 0; round < 50; ++round) {
    auto shuffled = expected;
    for (std::size_t index = shuffled.size(); index > 1; --index) {
      std::swap(shuffled[index - 1], shuffled[random.Below(static_cast<std::uint32_t>(index))]);
    }
    Table table;
    fill(table, shuffled);
    const auto found = RecordsOf<Record>(table);
    REQUIRE(found.size() == expected.size());
    for (std::size_t index = 0; index < found.size(); ++index) {
      CHECK_MESSAGE(SameBytes(found[index], expected[index]), "at ", index);
    }
  }
}

}  // namespace

TEST_SUITE("table") {
  TEST_CASE("services come in canonical order, whatever order the kernel has") {
    const std::vector<ObservedServiceRecord> expected = {
        Service(AF_INET, Address({10, 0, 0, 1}), 80, 6),
        Service(AF_INET, Address({10, 0, 0, 1}), 80, 17),  // then the protocol
        Service(AF_INET, Address({10, 0, 0, 1}), 443, 6),  // the port before it
        Service(AF_INET, Address({10, 0, 0, 2}), 22, 6),   // the address before that
        Service(AF_INET, Address({192, 0, 2, 1}), 1, 6),   // as unsigned bytes
        Service(AF_INET6, Address({0}, 1), 1, 6),          // IPv4 before IPv6
        Service(AF_INET6, Address({0x20, 0x01}, 1), 80, 6),
        Service(AF_INET6, Address({0x20, 0x01}, 2), 80, 6),
        Mark(AF_INET, 1),  // addresses before marks
        Mark(AF_INET, 2),
        Mark(AF_INET, 0x80000000),  // as unsigned numbers
        Mark(AF_INET6, 1),
    };
    CheckCanonical(expected,
                   [](Table& table, const auto& records) { table.FillServices(records); });
  }

  TEST_CASE("destinations come in canonical order, whatever order the kernel has") {
    const std::vector<ObservedDestinationRecord> expected = {
        Destination(AF_INET, Address({9, 255, 255, 255}), 65'535),
        Destination(AF_INET, Address({10, 0, 0, 1}), 80),
        Destination(AF_INET, Address({10, 0, 0, 1}), 443),
        Destination(AF_INET, Address({200, 0, 0, 1}), 0),
        Destination(AF_INET6, Address({0}, 1), 80),
        Destination(AF_INET6, Address({0xfd}, 1), 80),
    };
    CheckCanonical(expected,
                   [](Table& table, const auto& records) { table.FillDestinations(records); });
  }

  TEST_CASE("addresses on devices come in canonical order, whatever order the kernel has") {
    const std::vector<DeviceRecord> expected = {
        Bound("a", AF_INET, Address({200, 0, 0, 1}), 32),  // the device before all else
        Bound("b", AF_INET, Address({9, 0, 0, 1}), 32),
        Bound("b", AF_INET, Address({10, 0, 0, 1}), 24),
        Bound("b", AF_INET, Address({10, 0, 0, 1}), 32),  // the prefix length last
        Bound("b", AF_INET6, Address({0xfd}, 1), 64),     // IPv4 before IPv6
        Bound("b1", AF_INET, Address({1, 0, 0, 1}), 32),
        Bound("\xc3", AF_INET, Address({1, 0, 0, 1}), 32),  // as unsigned bytes
    };
    CheckCanonical(expected,
                   [](Table& table, const auto& records) { table.FillAddresses(records); });
  }

  TEST_CASE("an address has one line, a device none") {
    Table addresses;
    addresses.FillAddresses(std::vector{Bound("lo", AF_INET6, Address({0}, 1), 128),
                                        Bound("eth0", AF_INET, Address({10, 0, 0, 1}), 32, 1),
                                        Bound("eth0", AF_INET, Address({10, 0, 0, 1}), 32, 2)});
    REQUIRE(addresses.chunks().size() == 1);
    CHECK(addresses.chunks().front().text == "10.0.0.1\n::1");
    CHECK(RecordsOf<DeviceRecord>(addresses).front().scope == 2);

    Table device;
    device.FillDevice(Bound("eth0", AF_INET, {}, 0));
    REQUIRE(device.chunks().size() == 1);
    CHECK(device.chunks().front().text.empty());
  }

  TEST_CASE("of a record that came twice the one read later is kept") {
    Table destinations;
    destinations.FillDestinations(std::vector{Destination(AF_INET, Address({10, 0, 0, 2}), 80, 5),
                                              Destination(AF_INET, Address({10, 0, 0, 1}), 80, 1),
                                              Destination(AF_INET, Address({10, 0, 0, 2}), 81, 6),
                                              Destination(AF_INET, Address({10, 0, 0, 1}), 80, 2),
                                              Destination(AF_INET, Address({10, 0, 0, 1}), 80, 3)});
    std::vector<std::uint32_t> weights;
    for (const auto& record : RecordsOf<ObservedDestinationRecord>(destinations)) {
      weights.push_back(record.destination.weight);
    }
    CHECK(weights == std::vector<std::uint32_t>{3, 5, 6});
    CHECK(destinations.chunks().front().text == "10.0.0.1\n10.0.0.2\n10.0.0.2");

    Table services;
    services.FillServices(std::vector{
        Mark(AF_INET, 1), Service(AF_INET, Address({1, 1, 1, 1}), 1, 6, "rr"), Mark(AF_INET6, 1),
        Mark(AF_INET, 1), Service(AF_INET, Address({1, 1, 1, 1}), 1, 6, "sh")});
    CHECK(services.chunks().front().count == 3);
    CHECK(services.chunks().front().text == "1.1.1.1\nsh\n\n\nwlc\n\n\nwlc\n");
  }

  TEST_CASE("a service has three lines: its address, its scheduler and its engine") {
    ObservedServiceRecord with_engine = Service(AF_INET6, Address({0x20, 0x01, 0x0d, 0xb8}, 5), 53);
    SetName(with_engine.service.engine, "sip");
    Table table;
    table.FillServices(std::vector{Mark(AF_INET, 7), with_engine,
                                   Service(AF_INET, Address({192, 0, 2, 1}), 80, 6, "wlc")});
    REQUIRE(table.chunks().size() == 1);
    CHECK(table.chunks().front().text == "192.0.2.1\nwlc\n\n2001:db8::5\nrr\nsip\n\nwlc\n");
    CHECK(Lines(table.chunks().front().text).size() == 3 * 3);
  }

  TEST_CASE("a destination has one line: its address") {
    Table table;
    table.FillDestinations(std::vector{Destination(AF_INET6, Address({0}, 1), 80),
                                       Destination(AF_INET, Address({10, 0, 0, 1}), 80)});
    REQUIRE(table.chunks().size() == 1);
    CHECK(table.chunks().front().text == "10.0.0.1\n::1");
  }

  TEST_CASE("daemons come with the master first, each with two lines: its device and its group") {
    DaemonRecord master{};
    master.role = 1;
    SetName(master.device, "eth0");
    master.group_family = AF_INET6;
    master.group = Address({0xff, 0x02}, 0x51);
    DaemonRecord backup{};
    backup.role = 2;
    SetName(backup.device, "a\nb\xc3\xbc");
    backup.group_family = AF_INET;
    backup.group = Address({224, 0, 0, 81});
    CheckCanonical(std::vector<DaemonRecord>{master, backup},
                   [](Table& table, const auto& records) { table.FillDaemons(records); });
    Table table;
    table.FillDaemons(std::vector{backup, master});
    CHECK(table.chunks().front().text == "eth0\nff02::51\na?b\xc3\xbc\n224.0.0.81");
  }

  TEST_CASE("a daemon whose group is not known has an empty line for it") {
    DaemonRecord daemon{};
    daemon.role = 2;
    SetName(daemon.device, "lo");
    Table table;
    table.FillDaemons(std::vector{daemon});
    CHECK(table.chunks().front().text == "lo\n");
  }

  TEST_CASE("a name that fills its field has no NUL and is read to its end") {
    ObservedServiceRecord record =
        Service(AF_INET, Address({1, 2, 3, 4}), 1, 6, "0123456789abcdef");
    SetName(record.service.engine, "0123456789abcdef01234567");
    Table table;
    table.FillServices(std::vector{record});
    CHECK(table.chunks().front().text == "1.2.3.4\n0123456789abcdef\n0123456789abcdef01234567");
  }

  TEST_CASE("a line end in a name is no line end in the text") {
    ObservedServiceRecord record = Service(AF_INET, Address({1, 2, 3, 4}), 1, 6, "a\nb\n");
    Table table;
    table.FillServices(std::vector{record});
    CHECK(table.chunks().front().text == "1.2.3.4\na?b?\n");
  }

  TEST_CASE("an empty list has no chunks") {
    Table table;
    table.FillServices({});
    table.FillDestinations({});
    table.FillDaemons({});
    CHECK(table.chunks().empty());
  }

  TEST_CASE("a long list is cut into chunks of 2,048, each with its own text") {
    struct Case {
      std::size_t count;
      std::vector<std::size_t> chunks;
    };
    const Case cases[] = {
        {1, {1}},
        {2'047, {2'047}},
        {2'048, {2'048}},
        {2'049, {2'048, 1}},
        {4'096, {2'048, 2'048}},
        {5'000, {2'048, 2'048, 904}},
    };
    for (const Case& each : cases) {
      std::vector<ObservedDestinationRecord> records;
      for (std::size_t index = each.count; index > 0; --index) {
        const auto high = static_cast<std::uint8_t>(index >> 8);
        const auto low = static_cast<std::uint8_t>(index & 0xff);
        records.push_back(Destination(AF_INET, Address({10, 0, high, low}), 80));
      }
      Table table;
      table.FillDestinations(records);
      std::vector<std::size_t> counts;
      std::size_t number = 0;
      for (const Table::Chunk& chunk : table.chunks()) {
        counts.push_back(chunk.count);
        CHECK(chunk.records.size() == chunk.count * sizeof(ObservedDestinationRecord));
        const auto lines = Lines(chunk.text);
        CHECK(lines.size() == chunk.count);
        for (const std::string& line : lines) {
          ++number;
          std::ostringstream expected;
          expected << "10.0." << (number >> 8) << '.' << (number & 0xff);
          if (line != expected.str()) FAIL(line << " is not " << expected.str());
        }
      }
      CHECK(counts == each.chunks);
      CHECK(number == each.count);
    }
  }

  TEST_CASE("services are cut as well, three lines for each") {
    std::vector<ObservedServiceRecord> records;
    for (std::uint32_t mark = 1; mark <= 3'000; ++mark) records.push_back(Mark(AF_INET, mark));
    Table table;
    table.FillServices(records);
    REQUIRE(table.chunks().size() == 2);
    CHECK(table.chunks()[0].count == 2'048);
    CHECK(Lines(table.chunks()[0].text).size() == 3 * 2'048);
    CHECK(table.chunks()[1].count == 952);
    CHECK(Lines(table.chunks()[1].text).size() == 3 * 952);
    const auto found = RecordsOf<ObservedServiceRecord>(table);
    CHECK(found.front().service.fwmark == 1);
    CHECK(found.back().service.fwmark == 3'000);
  }

  TEST_CASE("a snapshot's destinations know the place of their service, however it was read") {
    // Some services have none, one has more than a chunk holds.
    const std::size_t counts[] = {3, 0, 2'500, 1, 0, 2'000, 7};
    ServiceTrees read;
    for (std::uint32_t mark = std::size(counts); mark > 0; --mark) {
      std::vector<ObservedDestinationRecord> own;
      for (std::size_t number = counts[mark - 1]; number > 0; --number) {
        const auto high = static_cast<std::uint8_t>(number >> 8);
        const auto low = static_cast<std::uint8_t>(number & 0xff);
        own.push_back(Destination(AF_INET, Address({10, 0, high, low}), 80, mark));
      }
      read.Add(Mark(AF_INET, mark), own);
    }
    // One is gone when all have been read.
    const std::uint32_t gone = 4;
    Table table;
    table.FillSnapshot(read.If(
        [&](const ObservedServiceRecord& service) { return service.service.fwmark != gone; }));

    std::vector<std::uint32_t> marks;
    std::vector<std::size_t> found(std::size(counts));
    std::uint32_t last_service = UINT32_MAX;
    for (const Table::Chunk& chunk : table.chunks()) {
      if (!chunk.destinations) {
        for (std::size_t index = 0; index < chunk.count; ++index) {
          marks.push_back(RecordAt<ObservedServiceRecord>(chunk, index).service.fwmark);
        }
        continue;
      }
      const auto lines = Lines(chunk.text);
      REQUIRE(lines.size() == chunk.count);
      for (std::size_t index = 0; index < chunk.count; ++index) {
        const auto record = RecordAt<ObservedDestinationRecord>(chunk, index);
        const std::uint32_t mark = marks.at(record.service);
        const std::size_t number = ++found[mark - 1];
        // Those of one service stand together.
        if (record.service != last_service) CHECK(number == 1);
        last_service = record.service;
        if (record.destination.weight != mark) FAIL("one of " << record.destination.weight);
        std::ostringstream expected;
        expected << "10.0." << (number >> 8) << '.' << (number & 0xff);
        if (lines[index] != expected.str()) FAIL(lines[index] << " is not " << expected.str());
      }
    }
    CHECK(marks == std::vector<std::uint32_t>{1, 2, 3, 5, 6, 7});
    for (std::uint32_t mark = 1; mark <= std::size(counts); ++mark) {
      CHECK(found[mark - 1] == (mark == gone ? 0 : counts[mark - 1]));
    }
  }

  TEST_CASE("of bare trees only the services have texts, also of those that are chosen from them") {
    ServiceTrees read(true);
    const std::vector<ObservedDestinationRecord> own = {
        Destination(AF_INET, Address({10, 0, 0, 1}), 80, 1),
        Destination(AF_INET, Address({10, 0, 0, 2}), 80, 1)};
    read.Add(Mark(AF_INET, 1), own);
    read.Add(Mark(AF_INET, 2), own);
    Table table;
    table.FillSnapshot(read.If([](const auto& service) { return service.service.fwmark == 2; }));
    REQUIRE(table.chunks().size() == 2);
    CHECK(Lines(table.chunks()[0].text).size() == 3);
    CHECK(table.chunks()[1].destinations);
    CHECK(table.chunks()[1].text.empty());
    REQUIRE(table.chunks()[1].count == 2);
    CHECK(RecordAt<ObservedDestinationRecord>(table.chunks()[1], 1).destination.address[3] == 2);
  }

  TEST_CASE("timeouts and information are one record without a text") {
    Table timeouts;
    timeouts.FillTimeouts({900, 120, 300});
    REQUIRE(timeouts.chunks().size() == 1);
    CHECK(timeouts.chunks().front().text.empty());
    CHECK(timeouts.chunks().front().count == 1);
    const auto record = RecordsOf<ipvs::TimeoutsRecord>(timeouts).front();
    CHECK(std::tuple(record.tcp, record.tcp_fin, record.udp) == std::tuple(900u, 120u, 300u));

    Table info;
    info.FillInfo({0x010201, 4'096, 1});
    REQUIRE(info.chunks().size() == 1);
    CHECK(info.chunks().front().text.empty());
    const auto about = RecordsOf<ipvs::InfoRecord>(info).front();
    CHECK(about.version == 0x010201);
    CHECK(about.connection_table_size == 4'096);
  }
}
