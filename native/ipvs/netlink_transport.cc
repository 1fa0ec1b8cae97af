#include "ipvs/netlink_transport.h"

#include <linux/netlink.h>

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <optional>
#include <type_traits>
#include <utility>

#include "ipvs/commands.h"
#include "ipvs/schema.h"
#include "netlink/generic_family.h"

namespace ipvs {

namespace {

using netlink::MessageBatch;

// One send carries at most this much. Longer gains nothing more, and were every
// request to fail, the answers to more would not fit a default receive buffer.
constexpr std::size_t kBatchBytes = std::size_t{16} * 1024;
constexpr std::size_t kBatchRequests = 256;

// How often a request is tried while the table changes under a dump, or the family moves.
constexpr int kAttempts = 3;

// How many readings of a list are made until two agree.
constexpr int kReadings = 5;

// Whether an answer can mean that the family has gone, or has another number now.
// A missing scheduler, engine or destination gives ENOENT as well.
bool MayBeStale(const Status& status) {
  return status.source == Source::kKernel && (status.error == ENOENT || status.error == EOPNOTSUPP);
}

Status Malformed(const char* what) { return Status::Failure(Source::kMalformed, EBADMSG, what); }

// Whether a request that was done may have no answer.
bool MayBeSilent(const RequestRecord& request) {
  const WriteCommand* command = FindWriteCommand(request.command);
  return command != nullptr && command->silent;
}

// Appends one request to the batch; why it cannot be written, where it is not sent.
std::optional<Status> AppendRequest(MessageBatch& batch, std::uint16_t family,
                                    const RequestRecord& request) {
  const WriteCommand* command = FindWriteCommand(request.command);
  if (command == nullptr) return Status::Failure(Source::kKernel, EOPNOTSUPP);

  netlink::BeginGeneric(batch, family, 0, command->command, kFamilyVersion);
  switch (command->service) {
    case Part::kNone: break;
    case Part::kIdentityIfGiven:
      if (request.service.family == 0) break;
      [[fallthrough]];
    case Part::kIdentity:
      EncodeService(request.service, Extent::kIdentity, 0, batch.attributes());
      break;
    case Part::kWhole:
      EncodeService(request.service, Extent::kWhole, request.flag_mask, batch.attributes());
      break;
  }
  if (command->destination != Part::kNone) {
    const Extent extent = command->destination == Part::kWhole ? Extent::kWhole : Extent::kIdentity;
    EncodeDestination(request.destination, extent, batch.attributes());
  }
  if (command->daemon != Part::kNone) {
    const Extent extent = command->daemon == Part::kWhole ? Extent::kWhole : Extent::kIdentity;
    EncodeDaemon(request.daemon, extent, batch.attributes());
  }
  if (command->timeouts) EncodeTimeouts(request.timeouts, batch.attributes());
  if (!batch.End()) return Status::Failure(Source::kSocket, EMSGSIZE);
  return std::nullopt;
}

// Whether two lists name the same, in the same order.
template <typename Record>
bool SameKeys(std::span<const Record> left, std::span<const Record> right) {
  return std::equal(
      left.begin(), left.end(), right.begin(), right.end(),
      [](const Record& one, const Record& other) { return KeyOf(one) == KeyOf(other); });
}

}  // namespace

void NetlinkTransport::Execute(std::span<const RequestRecord* const> requests,
                               std::span<Status> outcomes) {
  std::vector<std::size_t> all(requests.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  Send(all, requests, outcomes, kAttempts);
}

void NetlinkTransport::Send(std::span<const std::size_t> which,
                            std::span<const RequestRecord* const> requests,
                            std::span<Status> outcomes, int attempts) {
  MessageBatch batch;
  std::vector<std::size_t> sent;
  std::vector<std::size_t> again;

  const auto flush = [&] {
    if (sent.empty()) return;
    // A missing answer matters only at the end: elsewhere the one to a later request tells.
    if (MayBeSilent(*requests[sent.back()])) batch.Mark();
    auto answers = connection_->Exchange(
        batch, [](std::size_t, const netlink::Message&) { return Status::Ok(); });
    bool stale = false;
    for (std::size_t index = 0; index < sent.size(); ++index) {
      Status& outcome = outcomes[sent[index]];
      // Nearly all were done; to look takes less than to move.
      if (outcome.ok() && answers[index].ok()) continue;
      outcome = std::move(answers[index]);
      stale |= MayBeStale(outcome);
    }
    if (attempts > 1 && stale) {
      bool moved = false;
      const Status status = RefreshFamily(&moved);
      for (const std::size_t index : sent) {
        if (!MayBeStale(outcomes[index])) continue;
        if (status.source == Source::kFamily) {
          outcomes[index] = status;
        } else if (status.ok() && moved) {
          again.push_back(index);
        }
      }
    }
    batch.Clear();
    sent.clear();
    // What was refused for the family's old number goes out before anything that came later.
    if (!again.empty()) Send(std::exchange(again, {}), requests, outcomes, attempts - 1);
  };

  for (auto next = which.begin(); next != which.end(); ++next) {
    // A connection breaks while it is used, so not within a batch.
    if (sent.empty()) {
      if (const auto status = Connect(); !status.ok()) {
        for (; next != which.end(); ++next) outcomes[*next] = status;
        break;
      }
    }
    const std::size_t index = *next;
    if (auto refusal = AppendRequest(batch, family_, *requests[index])) {
      outcomes[index] = *std::move(refusal);
      continue;
    }
    sent.push_back(index);
    if (batch.bytes().size() >= kBatchBytes || batch.count() >= kBatchRequests) flush();
  }
  flush();
}

Status NetlinkTransport::Read(TableKind kind, const RequestRecord& request, Table& table) {
  switch (kind) {
    case TableKind::kInfo: {
      InfoRecord info{};
      auto status = Ask(kGetInfo, nullptr, [&](auto answer) { return DecodeInfo(answer, info); });
      info.transport = static_cast<std::uint32_t>(TransportKind::kNetlink);
      if (status.ok()) table.FillInfo(info);
      return status;
    }
    case TableKind::kTimeouts: {
      TimeoutsRecord timeouts{};
      auto status =
          Ask(kGetConfig, nullptr, [&](auto answer) { return DecodeTimeouts(answer, timeouts); });
      if (status.ok()) table.FillTimeouts(timeouts);
      return status;
    }
    case TableKind::kService: {
      ObservedServices services(1);
      auto status = Ask(kGetService, &request.service,
                        [&](auto answer) { return DecodeService(answer, services.front()); });
      if (status.ok()) table.FillServices(services);
      return status;
    }
    case TableKind::kServices: return ReadServices(table);
    case TableKind::kDestinations: return ReadDestinations(request.service, table);
    case TableKind::kSnapshot: return FillSnapshot(*this, false, table);
    case TableKind::kBareSnapshot: return FillSnapshot(*this, true, table);
    case TableKind::kDaemons: return ReadDaemons(table);
    default: return Status::Failure(Source::kKernel, EOPNOTSUPP);
  }
}

// The kernel makes a socket's first block as short as a page, and the others as long as what was
// ever made room for when receiving: 32 KiB here. So on a new socket every block ends elsewhere.
std::optional<netlink::Connection> NetlinkTransport::ConnectAnew() {
  Status failure;
  auto channel = open_(&failure);
  if (!channel) return std::nullopt;
  return netlink::Connection(std::move(channel), timeout_);
}

template <typename List>
Status NetlinkTransport::ReadOnce(const ServiceRecord* service, ListReading& reading,
                                  List& records) {
  using Record = typename List::value_type;
  constexpr bool kServices = std::is_same_v<Record, ObservedServiceRecord>;
  const std::size_t start = records.size();
  const bool anew = reading.blocks > 1 && !reading.anew;
  return Repeat([&] {
    records.resize(start);
    reading = {0, anew};
    // Without another socket the one there is has to do.
    auto other = anew ? ConnectAnew() : std::nullopt;
    return Dump(
        other ? *other : *connection_, kServices ? kGetService : kGetDestination, service,
        [&](auto answer) {
          Record& record = records.emplace_back();
          if constexpr (kServices) {
            return DecodeService(answer, record);
          } else {
            return DecodeDestination(answer, service->family, record);
          }
        },
        &reading.blocks);
  });
}

// Between two blocks of its answer the kernel keeps its place by counting; services it counts over
// all network namespaces together. What is removed meanwhile makes it pass over as many that are
// still there, at the beginning of the next block. So a list of several blocks is read until two
// readings agree, of which no two blocks end at the same place: what both passed over would stand
// at the end of a block in both. Where none agree, everything that any of them saw is the best
// there is.
template <typename List>
Status NetlinkTransport::ReadAgreed(const ServiceRecord* service, List& records, bool* torn) {
  using Record = typename List::value_type;
  ListReading reading;
  std::size_t before = 0;
  for (int count = 0; count < kReadings; ++count) {
    const std::size_t start = records.size();
    auto status = ReadOnce(service, reading, records);
    if (!status.ok()) return status;
    const std::span<const Record> all(records);
    if (reading.blocks <= 1 ||
        (count > 0 && SameKeys(all.subspan(before, start - before), all.subspan(start)))) {
      records.erase(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(start));
      return Status::Ok();
    }
    before = start;
  }
  *torn = true;
  return Status::Ok();
}

Status NetlinkTransport::ReadServices(Table& table) {
  ObservedServices services;
  bool torn = false;
  auto status = ReadAgreed(nullptr, services, &torn);
  if (!status.ok()) return status;
  if (torn) table.MarkTorn();
  table.FillServices(services);
  return status;
}

Status NetlinkTransport::ReadDestinations(const ServiceRecord& service, Table& table) {
  ObservedDestinations destinations;
  bool torn = false;
  auto status = ReadAgreed(&service, destinations, &torn);
  if (!status.ok()) return status;
  if (destinations.empty()) {
    // The kernel gives an empty list for a service that is not there, too.
    bool there = false;
    status = FindService(service, &there);
    if (status.ok() && !there) return Status::Failure(Source::kKernel, ESRCH);
    if (!status.ok()) return status;
  }
  if (torn) table.MarkTorn();
  table.FillDestinations(destinations);
  return status;
}

Status NetlinkTransport::ListServices(ListReading& reading, ObservedServices& services) {
  return ReadOnce(nullptr, reading, services);
}

Status NetlinkTransport::ListDestinations(const ServiceRecord& service,
                                          ObservedDestinations& destinations, bool* torn) {
  return ReadAgreed(&service, destinations, torn);
}

Status NetlinkTransport::FindService(const ServiceRecord& service, bool* there) {
  ObservedServiceRecord found{};
  auto status =
      Ask(kGetService, &service, [&](auto answer) { return DecodeService(answer, found); });
  *there = status.ok();
  const bool missing = status.source == Source::kKernel && status.error == ESRCH;
  return missing ? Status::Ok() : status;
}

Status NetlinkTransport::ReadDaemons(Table& table) {
  std::vector<DaemonRecord> daemons;
  auto status = Repeat([&] {
    daemons.clear();
    return Dump(*connection_, kGetDaemon, nullptr,
                [&](auto answer) { return DecodeDaemon(answer, daemons.emplace_back()); });
  });
  if (status.ok()) table.FillDaemons(daemons);
  return status;
}

Status NetlinkTransport::Ask(std::uint8_t command, const ServiceRecord* service,
                             const Answer& on_answer) {
  return Repeat([&]() -> Status {
    MessageBatch batch;
    netlink::BeginGeneric(batch, family_, 0, command, kFamilyVersion);
    if (service != nullptr) {
      EncodeService(*service, Extent::kIdentity, 0, batch.attributes());
    }
    if (!batch.End()) return Status::Failure(Source::kSocket, EMSGSIZE);
    bool answered = false;
    auto outcomes = connection_->Exchange(
        batch,
        [&](std::size_t, const netlink::Message& message) -> Status {
          if (message.header.nlmsg_type != family_) return Malformed(netlink::kAnotherFamily);
          const auto attributes = netlink::GenericAttributes(message);
          if (!attributes) return Malformed("an answer too short to hold anything");
          answered = true;
          return on_answer(*attributes);
        },
        netlink::Connection::Until::kAnswered);
    if (!outcomes.front().ok()) return std::move(outcomes.front());
    return answered ? Status::Ok() : Malformed("an acknowledgement in place of an answer");
  });
}

Status NetlinkTransport::Dump(netlink::Connection& connection, std::uint8_t command,
                              const ServiceRecord* service, const Answer& on_entry,
                              std::size_t* blocks) {
  MessageBatch batch;
  netlink::BeginGeneric(batch, family_, NLM_F_DUMP, command, kFamilyVersion);
  if (service != nullptr) EncodeService(*service, Extent::kIdentity, 0, batch.attributes());
  if (!batch.End()) return Status::Failure(Source::kSocket, EMSGSIZE);
  return connection.Dump(
      batch,
      [&](const netlink::Message& message) -> Status {
        if (message.header.nlmsg_type != family_) return Malformed(netlink::kAnotherFamily);
        const auto attributes = netlink::GenericAttributes(message);
        return attributes ? on_entry(*attributes)
                          : Malformed("an entry too short to hold anything");
      },
      blocks);
}

template <typename Attempt>
Status NetlinkTransport::Repeat(Attempt attempt) {
  Status status;
  for (int count = 0; count < kAttempts; ++count) {
    status = Connect();
    if (!status.ok()) return status;
    status = attempt();
    if (MayBeStale(status)) {
      bool moved = false;
      auto refreshed = RefreshFamily(&moved);
      if (refreshed.source == Source::kFamily) return refreshed;
      if (!refreshed.ok() || !moved) return status;
    } else if (status.source != Source::kInterrupted || status.ok()) {
      return status;
    }
  }
  return status;
}

Status NetlinkTransport::Connect() {
  if (connection_ && connection_->broken()) connection_.reset();
  if (!connection_) {
    Status failure;
    auto channel = open_(&failure);
    if (!channel) return failure;
    connection_.emplace(std::move(channel), timeout_);
  }
  if (family_ != 0) return Status::Ok();
  return netlink::ResolveFamily(*connection_, kFamilyName, &family_);
}

Status NetlinkTransport::RefreshFamily(bool* moved) {
  const std::uint16_t before = std::exchange(family_, std::uint16_t{0});
  auto status = Connect();
  *moved = family_ != before;
  return status;
}

}  // namespace ipvs
