#include "ipvs/sockopt_transport.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <type_traits>

#include "ipvs/option_codec.h"
#include "ipvs/sockopt_limits.h"

namespace ipvs {

namespace {

struct OptionOfCommand {
  Command command;
  int option;
};

// clang-format off
constexpr OptionOfCommand kOptions[] = {
    {kNewService,        option::kAddService},
    {kSetService,        option::kEditService},
    {kDeleteService,     option::kDeleteService},
    {kNewDestination,    option::kAddDestination},
    {kSetDestination,    option::kEditDestination},
    {kDeleteDestination, option::kDeleteDestination},
    {kNewDaemon,         option::kStartDaemon},
    {kDeleteDaemon,      option::kStopDaemon},
    {kSetConfig,         option::kSetTimeouts},
    {kZero,              option::kZero},
    {kFlush,             option::kFlush},
};
// clang-format on

// How many readings of a list are made until one agrees with the count of its entries.
constexpr int kReadings = 5;

// The length of a list must fit an int, the type of an option's length.
constexpr std::uint32_t kMostEntries = 1 << 24;

// Room for a list of `count` entries, and for those that are added meanwhile: the kernel says
// nothing of entries for which there was none.
std::uint64_t RoomFor(std::uint64_t count) { return count + count / 8 + 16; }

template <typename Value>
std::span<const std::byte> BytesOf(const Value& value) {
  static_assert(std::is_trivially_copyable_v<Value>);
  return std::as_bytes(std::span(&value, 1));
}

template <typename Value>
std::span<std::byte> BytesOf(Value& value) {
  static_assert(std::is_trivially_copyable_v<Value>);
  return std::as_writable_bytes(std::span(&value, 1));
}

bool IsBlank(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](std::byte byte) { return byte == std::byte{0}; });
}

Status StatusOf(int error) {
  switch (error) {
    case 0: return Status::Ok();
    case ECANCELED: return Status::Failure(Source::kClosed, error);
    case EBADMSG:
      return Status::Failure(Source::kMalformed, error,
                             "a value of another length than was asked for");
    // No module has these options: to netlink, the family is not there.
    case ENOPROTOOPT: return Status::Failure(Source::kFamily, ENOENT);
    default: return Status::Failure(Source::kKernel, error);
  }
}

template <typename Record, typename Entry>
PooledVector<Record> ToRecords(const std::vector<Entry>& entries) {
  PooledVector<Record> records;
  records.reserve(entries.size());
  for (const Entry& entry : entries) records.push_back(ToRecord(entry));
  return records;
}

bool IsNoService(const Status& status) {
  return status.source == Source::kKernel && status.error == ESRCH;
}

}  // namespace

void SockoptTransport::Execute(std::span<const RequestRecord* const> requests,
                               std::span<Status> outcomes) {
  for (std::size_t index = 0; index < requests.size(); ++index) {
    outcomes[index] = ExecuteOne(*requests[index]);
  }
}

Status SockoptTransport::ExecuteOne(const RequestRecord& request) {
  const WriteCommand* command = FindWriteCommand(request.command);
  const auto* found =
      std::find_if(std::begin(kOptions), std::end(kOptions),
                   [&](const OptionOfCommand& each) { return each.command == request.command; });
  if (command == nullptr || found == std::end(kOptions)) {
    return Status::Failure(Source::kKernel, EOPNOTSUPP);
  }
  if (auto status = CheckLimits(*command, request); !status.ok()) return status;
  if (command->timeouts) return Set(found->option, BytesOf(ToOption(request.timeouts)));
  if (command->daemon != Part::kNone) {
    auto status = Set(found->option, BytesOf(ToOption(request.daemon)));
    // What it says where it stopped the daemon's threads before they ever ran.
    const bool done = command->silent && status.error == EINTR;
    return done ? Status::Ok() : status;
  }
  if (command->service == Part::kNone) return Set(found->option, {});
  return Change(*command, found->option, request);
}

Status SockoptTransport::Change(const WriteCommand& command, int option,
                                const RequestRecord& request) {
  const ServiceRecord& service = request.service;
  ChangeOption change{};
  if (command.service == Part::kWhole) {
    std::uint32_t before = 0;
    change.service = WholeOption(service);
    if (command.command == kSetService) {
      // There is no mask that would leave the other flags as they are.
      ServiceEntry found{};
      if (auto status = FindEntry(service, &found); !status.ok()) return status;
      before = found.service.flags;
      change.service.protocol = found.service.protocol;
    }
    change.service.flags = MergeFlags(before, service.flags, request.flag_mask);
  } else if (service.family != 0) {
    change.service = IdentityOption(service);
  }
  const bool with_destination = command.destination != Part::kNone;
  if (with_destination) change.destination = ToOption(request.destination);

  const auto bytes =
      BytesOf(change).first(with_destination ? sizeof(ChangeOption) : sizeof(ServiceOption));
  auto status = Set(option, bytes);
  if (service.marked == 0 || command.command == kNewService || !IsNoService(status)) return status;

  // Another program can have made the mark's service under another protocol, which must be named.
  ServiceEntry found{};
  if (auto finding = FindEntry(service, &found); !finding.ok()) return finding;
  if (found.service.protocol == change.service.protocol) return status;
  change.service.protocol = found.service.protocol;
  return Set(option, bytes);
}

Status SockoptTransport::Read(TableKind kind, const RequestRecord& request, Table& table) {
  switch (kind) {
    case TableKind::kInfo: {
      InformationOption answer{};
      auto status = Get(option::kInformation, BytesOf(answer));
      if (!status.ok()) return status;
      table.FillInfo({answer.version, answer.connection_table_size,
                      static_cast<std::uint32_t>(TransportKind::kSockopt)});
      return status;
    }
    case TableKind::kTimeouts: {
      TimeoutsOption answer{};
      auto status = Get(option::kGetTimeouts, BytesOf(answer));
      if (status.ok()) table.FillTimeouts(ToRecord(answer));
      return status;
    }
    case TableKind::kService: return ReadService(request.service, table);
    case TableKind::kServices: return ReadServices(table);
    case TableKind::kDestinations: return ReadDestinations(request.service, table);
    case TableKind::kSnapshot: return FillSnapshot(*this, false, table);
    case TableKind::kBareSnapshot: return FillSnapshot(*this, true, table);
    case TableKind::kDaemons: return ReadDaemons(table);
    default: return Status::Failure(Source::kKernel, EOPNOTSUPP);
  }
}

Status SockoptTransport::ReadDaemons(Table& table) {
  DaemonsOption answer{};
  auto status = Get(option::kGetDaemons, BytesOf(answer));
  if (!status.ok()) return status;
  std::vector<DaemonRecord> daemons;
  for (const DaemonOption& daemon : answer.daemons) {
    if (daemon.role != 0) daemons.push_back(ToRecord(daemon));
  }
  table.FillDaemons(daemons);
  return status;
}

Status SockoptTransport::ReadService(const ServiceRecord& service, Table& table) {
  ServiceEntry entry{};
  auto status = FindEntry(service, &entry);
  if (status.ok()) table.FillServices(ToRecords<ObservedServiceRecord>(std::vector{entry}));
  return status;
}

// The count and the list are two calls, and the kernel says neither how many entries it wrote nor
// that there was no room for more. So a list counts when it has as many entries as were counted
// just before; where none does, everything that any of them had is the best there is.
Status SockoptTransport::ReadAgreedServices(std::vector<ServiceEntry>& entries, bool* torn) {
  for (int reading = 0; reading < kReadings; ++reading) {
    InformationOption counted{};
    auto status = Get(option::kInformation, BytesOf(counted));
    if (!status.ok()) return status;
    const std::size_t start = entries.size();
    status = ReadList(option::kServices, ServiceList{}, RoomFor(counted.services), entries);
    if (!status.ok()) return status;
    if (entries.size() - start == counted.services) {
      entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(start));
      return Status::Ok();
    }
  }
  *torn = true;
  return Status::Ok();
}

// As with services, but the count takes in destinations of the other family, which are not listed:
// a list can also be shorter than the count, as long as the count does not change over it.
Status SockoptTransport::ReadAgreedDestinations(const ServiceRecord& service,
                                                std::vector<DestinationEntry>& entries,
                                                bool* torn) {
  ServiceEntry counted{};
  if (auto status = FindEntry(service, &counted); !status.ok()) return status;
  for (int reading = 0; reading < kReadings; ++reading) {
    DestinationList head{};
    head.protocol = counted.service.protocol;
    head.address = counted.service.address;
    head.port = counted.service.port;
    head.fwmark = counted.service.fwmark;
    const std::uint32_t before = counted.destinations;
    const std::size_t start = entries.size();
    auto status = ReadList(option::kDestinations, head, RoomFor(before), entries);
    if (!status.ok()) return status;

    const std::size_t listed = entries.size() - start;
    if (listed != before) {
      if (status = FindEntry(service, &counted); !status.ok()) return status;
    }
    if (listed == before || (listed < before && counted.destinations == before)) {
      entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(start));
      return Status::Ok();
    }
  }
  *torn = true;
  return Status::Ok();
}

Status SockoptTransport::ReadServices(Table& table) {
  std::vector<ServiceEntry> entries;
  bool torn = false;
  if (auto status = ReadAgreedServices(entries, &torn); !status.ok()) return status;
  if (torn) table.MarkTorn();
  table.FillServices(ToRecords<ObservedServiceRecord>(entries));
  return Status::Ok();
}

Status SockoptTransport::ReadDestinations(const ServiceRecord& service, Table& table) {
  std::vector<DestinationEntry> entries;
  bool torn = false;
  if (auto status = ReadAgreedDestinations(service, entries, &torn); !status.ok()) return status;
  if (torn) table.MarkTorn();
  table.FillDestinations(ToRecords<ObservedDestinationRecord>(entries));
  return Status::Ok();
}

Status SockoptTransport::ListServices(ListReading&, ObservedServices& services) {
  std::vector<ServiceEntry> entries;
  bool torn = false;  // the snapshot finds that out by itself
  auto status = ReadAgreedServices(entries, &torn);
  if (status.ok()) services = ToRecords<ObservedServiceRecord>(entries);
  return status;
}

Status SockoptTransport::ListDestinations(const ServiceRecord& service,
                                          ObservedDestinations& destinations, bool* torn) {
  std::vector<DestinationEntry> entries;
  auto status = ReadAgreedDestinations(service, entries, torn);
  if (IsNoService(status)) return Status::Ok();
  destinations = ToRecords<ObservedDestinationRecord>(entries);
  return status;
}

Status SockoptTransport::FindService(const ServiceRecord& service, bool* there) {
  ServiceEntry entry{};
  auto status = FindEntry(service, &entry);
  *there = status.ok();
  return IsNoService(status) ? Status::Ok() : status;
}

Status SockoptTransport::FindEntry(const ServiceRecord& service, ServiceEntry* entry) {
  if (auto status = CheckServiceRead(service); !status.ok()) return status;
  entry->service = IdentityOption(service);
  return Get(option::kService, BytesOf(*entry));
}

template <typename List, typename Entry>
Status SockoptTransport::ReadList(int option, List head, std::uint64_t room,
                                  std::vector<Entry>& entries) {
  static_assert(std::is_same_v<decltype(head.first), Entry>);
  constexpr std::size_t kStart = offsetof(List, first);
  if (room > kMostEntries) {
    return Status::Failure(Source::kMalformed, EBADMSG, "more entries than a list can have");
  }
  head.count = static_cast<std::uint32_t>(room);
  std::vector<std::byte> answer(kStart + room * sizeof(Entry));
  std::memcpy(answer.data(), &head, kStart);
  auto status = Get(option, answer);
  if (!status.ok()) return status;

  for (auto rest = std::span<const std::byte>(answer).subspan(kStart); !rest.empty();
       rest = rest.subspan(sizeof(Entry))) {
    const auto bytes = rest.first(sizeof(Entry));
    if (IsBlank(bytes)) break;  // the kernel wrote no more
    std::memcpy(&entries.emplace_back(), bytes.data(), bytes.size());
  }
  return status;
}

Status SockoptTransport::Connect() {
  if (channel_) return Status::Ok();
  Status failure;
  channel_ = open_(&failure);
  return channel_ ? Status::Ok() : failure;
}

Status SockoptTransport::Set(int option, std::span<const std::byte> value) {
  if (auto status = Connect(); !status.ok()) return status;
  return StatusOf(channel_->Set(option, value));
}

Status SockoptTransport::Get(int option, std::span<std::byte> value) {
  if (auto status = Connect(); !status.ok()) return status;
  return StatusOf(channel_->Get(option, value));
}

}  // namespace ipvs
