#include "ipvs/netlink_transport.h"

#include <linux/netlink.h>

#include <algorithm>
#include <cerrno>
#include <numeric>
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

// How many readings of the list of services are made until two agree.
constexpr int kReadings = 5;

// Whether an answer can mean that the family has gone, or has another number now.
// A missing scheduler, engine or destination gives ENOENT as well.
bool MayBeStale(const Status& status) {
  return status.source == Source::kKernel && (status.error == ENOENT || status.error == EOPNOTSUPP);
}

Status Malformed(const char* what) { return Status::Failure(Source::kMalformed, EBADMSG, what); }

// Appends one request to the batch; what cannot be written is not sent.
Status AppendRequest(MessageBatch& batch, std::uint16_t family, const RequestRecord& request) {
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
  if (command->timeouts) EncodeTimeouts(request.timeouts, batch.attributes());
  return batch.End() ? Status::Ok() : Status::Failure(Source::kSocket, EMSGSIZE);
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
    auto answers = connection_->Exchange(
        batch, [](std::size_t, const netlink::Message&) { return Status::Ok(); });
    for (std::size_t index = 0; index < sent.size(); ++index) {
      outcomes[sent[index]] = std::move(answers[index]);
    }
    if (attempts > 1 && std::any_of(sent.begin(), sent.end(), [&](std::size_t index) {
          return MayBeStale(outcomes[index]);
        })) {
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
    if (const auto status = Connect(); !status.ok()) {
      for (; next != which.end(); ++next) outcomes[*next] = status;
      break;
    }
    const std::size_t index = *next;
    outcomes[index] = AppendRequest(batch, family_, *requests[index]);
    if (!outcomes[index].ok()) continue;
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
      std::vector<ObservedServiceRecord> services(1);
      auto status = Ask(kGetService, &request.service,
                        [&](auto answer) { return DecodeService(answer, services.front()); });
      if (status.ok()) table.FillServices(std::move(services));
      return status;
    }
    case TableKind::kServices: return ReadServices(table);
    case TableKind::kDestinations: return ReadDestinations(request.service, table);
    default: return Status::Failure(Source::kKernel, EOPNOTSUPP);
  }
}

// Between two blocks of its answer the kernel keeps its place by counting services, those of
// all network namespaces together. What is removed anywhere meanwhile makes it pass over as
// many that are still there. So a list of several blocks is read until two readings agree;
// where none do, everything that any of them saw is the best there is.
Status NetlinkTransport::ReadServices(Table& table) {
  std::vector<ObservedServiceRecord> services;
  std::vector<ServiceKey> before;
  for (int reading = 0; reading < kReadings; ++reading) {
    const std::size_t start = services.size();
    std::size_t blocks = 0;
    auto status = Repeat([&] {
      services.resize(start);
      blocks = 0;
      return Dump(
          kGetService, nullptr,
          [&](auto answer) { return DecodeService(answer, services.emplace_back()); }, &blocks);
    });
    if (!status.ok()) return status;

    std::vector<ServiceKey> keys;
    if (blocks > 1) {
      for (std::size_t index = start; index < services.size(); ++index) {
        keys.push_back(KeyOf(services[index].service));
      }
      std::sort(keys.begin(), keys.end());
      keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    }
    if (blocks <= 1 || (reading > 0 && keys == before)) {
      services.erase(services.begin(), services.begin() + static_cast<std::ptrdiff_t>(start));
      break;
    }
    before = std::move(keys);
  }
  table.FillServices(std::move(services));
  return Status::Ok();
}

Status NetlinkTransport::ReadDestinations(const ServiceRecord& service, Table& table) {
  std::vector<ObservedDestinationRecord> destinations;
  auto status = Repeat([&] {
    destinations.clear();
    return Dump(kGetDestination, &service, [&](auto answer) {
      return DecodeDestination(answer, service.family, destinations.emplace_back());
    });
  });
  if (!status.ok()) return status;
  if (destinations.empty()) {
    // The kernel gives an empty list for a service that is not there, too.
    ObservedServiceRecord found{};
    status = Ask(kGetService, &service, [&](auto answer) { return DecodeService(answer, found); });
    if (!status.ok()) return status;
  }
  table.FillDestinations(std::move(destinations));
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
    auto outcomes =
        connection_->Exchange(batch, [&](std::size_t, const netlink::Message& message) -> Status {
          const auto attributes = netlink::GenericAttributes(message);
          if (!attributes) return Malformed("an answer too short to hold anything");
          answered = true;
          return on_answer(*attributes);
        });
    if (!outcomes.front().ok()) return std::move(outcomes.front());
    return answered ? Status::Ok() : Malformed("an acknowledgement in place of an answer");
  });
}

Status NetlinkTransport::Dump(std::uint8_t command, const ServiceRecord* service,
                              const Answer& on_entry, std::size_t* blocks) {
  MessageBatch batch;
  netlink::BeginGeneric(batch, family_, NLM_F_DUMP, command, kFamilyVersion);
  if (service != nullptr) EncodeService(*service, Extent::kIdentity, 0, batch.attributes());
  if (!batch.End()) return Status::Failure(Source::kSocket, EMSGSIZE);
  return connection_->Dump(
      batch,
      [&](const netlink::Message& message) -> Status {
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
