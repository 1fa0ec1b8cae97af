// What the socket options answer: read as tables by the transport, and each structure by itself:
// what could be read is handed over as it was.

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "check.h"
#include "ipvs/option_codec.h"
#include "ipvs/sockopt_transport.h"
#include "table_check.h"

namespace {

using fuzz::Check;
using ipvs::DaemonOption;
using ipvs::DestinationEntry;
using ipvs::InformationOption;
using ipvs::RequestRecord;
using ipvs::ServiceEntry;
using ipvs::SockoptTransport;
using ipvs::Source;
using ipvs::Status;
using ipvs::Table;
using ipvs::TableKind;
using ipvs::TimeoutsOption;

using Input = std::span<const std::byte>;

// A count for which nobody has the memory is not what this is about.
constexpr std::uint32_t kMostEntries = 64;

// A kernel that answers with the input, a part after the other, and refuses when there is none.
class InputChannel final : public ipvs::OptionChannel {
 public:
  explicit InputChannel(Input input) : rest_(input) {}

  int Set(int, std::span<const std::byte>) override { return EPERM; }

  int Get(int option, std::span<std::byte> value) override {
    if (rest_.empty()) return ESRCH;
    const std::size_t size = std::min(value.size(), rest_.size());
    std::memcpy(value.data(), rest_.data(), size);
    rest_ = rest_.subspan(size);
    if (option == ipvs::option::kInformation) LimitAt(value, offsetof(InformationOption, services));
    if (option == ipvs::option::kService) LimitAt(value, offsetof(ServiceEntry, destinations));
    return 0;
  }

 private:
  static void LimitAt(std::span<std::byte> value, std::size_t offset) {
    std::uint32_t count;
    if (value.size() < offset + sizeof count) return;
    std::memcpy(&count, value.data() + offset, sizeof count);
    count = std::min(count, kMostEntries);
    std::memcpy(value.data() + offset, &count, sizeof count);
  }

  Input rest_;
};

void CheckTable(TableKind kind, const Table::Chunk& chunk) {
  switch (kind) {
    case TableKind::kInfo: fuzz::CheckChunk<ipvs::InfoRecord>(chunk, 1); return;
    case TableKind::kTimeouts: fuzz::CheckChunk<ipvs::TimeoutsRecord>(chunk, 1); return;
    case TableKind::kDaemons: fuzz::CheckChunk<ipvs::DaemonRecord>(chunk, 2); return;
    default: break;
  }
  if (chunk.destinations) {
    fuzz::CheckChunk<ipvs::ObservedDestinationRecord>(chunk, 1);
  } else {
    fuzz::CheckChunk<ipvs::ObservedServiceRecord>(chunk, 3);
  }
}

void ReadTable(TableKind kind, Input input) {
  SockoptTransport transport([&](Status*) -> std::unique_ptr<ipvs::OptionChannel> {
    return std::make_unique<InputChannel>(input);
  });
  RequestRecord request{};
  request.service.family = AF_INET;
  Table table;
  const auto status = transport.Read(kind, request, table);
  Check(status.ok() || status.source == Source::kKernel, "a list that is limited can be read");
  for (const Table::Chunk& chunk : table.chunks()) CheckTable(kind, chunk);
}

void ReadService(Input input) {
  auto entry = fuzz::Take<ServiceEntry>(input);
  const auto record = ipvs::ToRecord(entry);
  Check(fuzz::IsTerminated(record.service.scheduler), "the name of a scheduler ends inside it");
  const auto option = ipvs::WholeOption(record.service);
  const bool marked = entry.service.fwmark != 0;
  Check(record.service.marked == (marked ? 1 : 0), "a service with a mark is one of a mark");
  Check(option.fwmark == entry.service.fwmark, "a mark is handed over as it was read");
  Check(marked || (option.protocol == entry.service.protocol &&
                   option.address == entry.service.address && option.port == entry.service.port),
        "an end is handed over as it was read");
  Check(option.timeout == entry.service.timeout && option.netmask == entry.service.netmask,
        "a persistence is handed over as it was read");
  Check(ipvs::MergeFlags(0, record.service.flags, ~0u) == (entry.service.flags & ~2u),
        "flags are handed over as they were read, but for the kernel's own");
  Check(std::memcmp(option.scheduler, entry.service.scheduler, sizeof option.scheduler - 1) == 0,
        "a scheduler is handed over as it was read");
}

void ReadDestination(Input input) {
  const auto entry = fuzz::Take<DestinationEntry>(input);
  const auto& before = entry.destination;
  const auto after = ipvs::ToOption(ipvs::ToRecord(entry).destination);
  Check(after.address == before.address && after.port == before.port &&
            after.connection_flags == (before.connection_flags & 7) &&
            after.weight == before.weight && after.upper_threshold == before.upper_threshold &&
            after.lower_threshold == before.lower_threshold,
        "a destination is handed over as it was read");
}

void ReadSettings(Input input) {
  const auto timeouts = fuzz::Take<TimeoutsOption>(input);
  Check(fuzz::SameRecord(ipvs::ToOption(ipvs::ToRecord(timeouts)), timeouts),
        "timeouts are handed over as they were read");
  auto daemon = fuzz::Take<DaemonOption>(input);
  const auto record = ipvs::ToRecord(daemon);
  Check(fuzz::IsTerminated(record.device), "the name of a device ends inside it");
  // There are two roles, for which a record has more than enough room.
  daemon.role &= 0xffff;
  daemon.device[sizeof daemon.device - 1] = '\0';
  Check(fuzz::SameRecord(ipvs::ToOption(record), daemon), "a daemon is handed over as it was read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input = fuzz::InputOf(data, size);
  for (const auto kind :
       {TableKind::kInfo, TableKind::kTimeouts, TableKind::kService, TableKind::kServices,
        TableKind::kDestinations, TableKind::kSnapshot, TableKind::kDaemons}) {
    ReadTable(kind, input);
  }
  ReadService(input);
  ReadDestination(input);
  ReadSettings(input);
  return 0;
}
