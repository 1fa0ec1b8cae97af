#include "native_works.h"

#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <span>

#include "inputs.h"
#include "ipvs/netlink_transport.h"
#include "ipvs/schema.h"
#include "ipvs/table.h"
#include "prepared_kernel.h"
#include "proc/connection_chunk.h"
#include "proc/connection_filter.h"
#include "proc/connection_line.h"
#include "proc/line_reader.h"

namespace {

using ipvs::ObservedDestinationRecord;
using ipvs::ObservedServiceRecord;
using ipvs::RequestRecord;
using ipvs::Status;
using ipvs::Table;
using ipvs::TableKind;
using Run = std::function<bool()>;

constexpr std::size_t kItems = 1'000;
constexpr std::size_t kServices = 100;
constexpr std::size_t kDestinationsEach = 10;

// A transport, and the kernel that it speaks to.
struct Machine {
  PreparedKernel kernel;
  ipvs::NetlinkTransport transport{
      [this](Status*) { return std::make_unique<PreparedChannel>(kernel); },
      std::chrono::seconds(10)};
};

std::size_t CountOf(Table& table) {
  std::size_t count = 0;
  for (const Table::Chunk& chunk : table.chunks()) count += chunk.count;
  return count;
}

// Requests, written as messages and sent batch by batch.
Run Execute(RequestRecord (*make)(std::size_t)) {
  std::vector<RequestRecord> records;
  for (std::size_t index = 0; index < kItems; ++index) records.push_back(make(index));
  return [machine = std::make_shared<Machine>(), records = std::move(records)] {
    std::vector<const RequestRecord*> requests;
    for (const RequestRecord& record : records) requests.push_back(&record);
    std::vector<Status> outcomes(records.size());
    machine->transport.Execute(requests, outcomes);
    return std::all_of(outcomes.begin(), outcomes.end(),
                       [](const Status& status) { return status.ok(); });
  };
}

std::vector<wire::Bytes> Answers(wire::Bytes (*make)(std::size_t)) {
  std::vector<wire::Bytes> answers;
  for (std::size_t index = 0; index < kItems; ++index) answers.push_back(make(index));
  return answers;
}

Run DecodeServices() {
  return [answers = Answers(inputs::ServiceAnswer)] {
    ObservedServiceRecord record;
    return std::all_of(answers.begin(), answers.end(), [&](const wire::Bytes& answer) {
      return ipvs::DecodeService(answer, record).ok();
    });
  };
}

Run DecodeDestinations() {
  return [answers = Answers(inputs::DestinationAnswer)] {
    ObservedDestinationRecord record;
    return std::all_of(answers.begin(), answers.end(), [&](const wire::Bytes& answer) {
      return ipvs::DecodeDestination(answer, AF_INET, record).ok();
    });
  };
}

// A table, from the blocks of its dumps to what is handed over.
Run Read(TableKind kind, std::size_t services, std::size_t destinations, std::size_t expected) {
  auto machine = std::make_shared<Machine>();
  machine->kernel.services =
      PreparedKernel::MakeBlocks(ipvs::kNewService, services, inputs::ServiceAnswer);
  machine->kernel.destinations =
      PreparedKernel::MakeBlocks(ipvs::kNewDestination, destinations, inputs::DestinationAnswer);
  return [machine, kind, expected] {
    Table table;
    const Status status = machine->transport.Read(kind, inputs::AddService(0), table);
    return status.ok() && CountOf(table) == expected;
  };
}

// Lines of connections, from pieces of a page each to what is handed over.
Run ParseConnections() {
  return [text = inputs::ConnectionFile(kItems)] {
    ipvs::LineReader lines(std::size_t{32} << 10);
    ipvs::ConnectionChunk chunk;
    const ipvs::ConnectionFilterRecord filter{};
    std::optional<ipvs::ConnectionColumns> columns;
    const auto take = [&] {
      while (const auto line = lines.Next()) {
        ipvs::ConnectionLine connection;
        if (!columns) {
          columns = ipvs::ParseConnectionHeader(*line);
        } else if (ipvs::ParseConnectionLine(*line, *columns, connection) &&
                   ipvs::Matches(filter, connection)) {
          chunk.Add(connection);
        }
        if (!columns) return;
      }
    };
    for (std::size_t start = 0; start < text.size();) {
      const auto room = lines.Room();
      const std::size_t size = std::min({room.size(), std::size_t{4096}, text.size() - start});
      std::memcpy(room.data(), text.data() + start, size);
      lines.Filled(size);
      start += size;
      take();
    }
    return chunk.Take().count == kItems;
  };
}

}  // namespace

const std::vector<NativeWork>& NativeWorks() {
  constexpr std::size_t kTree = kServices * kDestinationsEach;
  static const std::vector<NativeWork> works = {
      {"send services", kItems, [] { return Execute(inputs::AddService); }},
      {"send destinations", kItems, [] { return Execute(inputs::AddDestination); }},
      {"decode services", kItems, DecodeServices},
      {"decode destinations", kItems, DecodeDestinations},
      {"read services", kItems, [] { return Read(TableKind::kServices, kItems, 0, kItems); }},
      {"read destinations", kItems,
       [] { return Read(TableKind::kDestinations, 0, kItems, kItems); }},
      {"read a snapshot", kTree,
       [] { return Read(TableKind::kSnapshot, kServices, kDestinationsEach, kServices + kTree); }},
      {"parse connections", kItems, ParseConnections},
  };
  return works;
}
