#include "route/route_transport.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "route/commands.h"
#include "route/messages.h"

namespace ipvs {

namespace {

using netlink::Message;
using netlink::MessageBatch;

// Were every request to fail, the answers to more would not fit a default receive buffer.
constexpr std::size_t kBatchRequests = 256;

// How often a list is read while it changes.
constexpr int kAttempts = 10;

bool IsAboutAddress(const RequestRecord& request) {
  return request.command == kAddAddress || request.command == kRemoveAddress;
}

template <std::size_t size>
std::string TextOf(const char (&field)[size]) {
  return {field, ::strnlen(field, size)};
}

}  // namespace

void RouteTransport::Execute(std::span<const RequestRecord* const> requests,
                             std::span<Status> outcomes) {
  Batch batch;
  std::map<std::string, Found> devices;
  for (std::size_t place = 0; place < requests.size(); ++place) {
    const RequestRecord& request = *requests[place];
    Status& outcome = outcomes[place];
    DeviceRecord device = request.device;
    if (IsAboutAddress(request)) {
      auto known = devices.find(TextOf(device.device));
      if (known == devices.end()) {
        // What came before can be what makes the device, or takes it away.
        Send(batch);
        DeviceRecord found{};
        Status status = FindDevice(device.device, found);
        known = devices.emplace(TextOf(device.device), Found{std::move(status), found.index}).first;
      }
      outcome = known->second.status;
      if (!outcome.ok()) continue;
      device.index = known->second.index;
    } else {
      devices.clear();
    }
    outcome = AppendRouteRequest(batch.messages, request.command, device);
    if (!outcome.ok()) continue;
    batch.outcomes.push_back(&outcome);
    if (batch.messages.count() >= kBatchRequests) Send(batch);
  }
  Send(batch);
}

Status RouteTransport::Read(TableKind kind, const RequestRecord& request, Table& table) {
  switch (kind) {
    case TableKind::kDevice: return ReadDevice(request.device.device, table);
    case TableKind::kDevices: return ReadDevices(table);
    case TableKind::kAddresses: return ReadAddresses(request.device.device, table);
    default: return Status::Failure(Source::kKernel, EOPNOTSUPP);
  }
}

void RouteTransport::Send(Batch& batch) {
  if (batch.outcomes.empty()) return;
  if (const auto status = Connect(); status.ok()) {
    auto answers = connection_->Exchange(batch.messages,
                                         [](std::size_t, const Message&) { return Status::Ok(); });
    for (std::size_t place = 0; place < answers.size(); ++place) {
      *batch.outcomes[place] = std::move(answers[place]);
    }
  } else {
    for (Status* outcome : batch.outcomes) *outcome = status;
  }
  batch.messages.Clear();
  batch.outcomes.clear();
}

Status RouteTransport::FindDevice(const DeviceName& name, DeviceRecord& device) {
  if (auto status = Connect(); !status.ok()) return status;
  MessageBatch question;
  if (auto status = AppendDeviceQuestion(question, name); !status.ok()) return status;
  auto outcomes = connection_->Exchange(
      question, [&](std::size_t, const Message& message) { return DecodeDevice(message, device); });
  Status& status = outcomes.front();
  if (status.ok() && device.index == 0) {
    return Status::Failure(Source::kMalformed, EBADMSG, "an acknowledgement in place of a device");
  }
  return std::move(status);
}

Status RouteTransport::ReadDevice(const DeviceName& name, Table& table) {
  DeviceRecord device{};
  auto status = FindDevice(name, device);
  if (status.ok()) table.FillDevice(device);
  // That there is none is an answer, too.
  const bool missing = status.source == Source::kKernel && status.error == ENODEV;
  return missing ? Status::Ok() : status;
}

Status RouteTransport::ReadDevices(Table& table) {
  std::map<std::uint32_t, DeviceRecord> devices;
  if (auto status = DumpDevices(devices); !status.ok()) return status;
  std::vector<DeviceRecord> records;
  records.reserve(devices.size());
  for (const auto& [index, device] : devices) records.push_back(device);
  table.FillDevices(records);
  return Status::Ok();
}

Status RouteTransport::ReadAddresses(const DeviceName& name, Table& table) {
  std::map<std::uint32_t, DeviceRecord> devices;
  std::uint32_t wanted = 0;
  if (name[0] != '\0') {
    DeviceRecord device{};
    if (auto status = FindDevice(name, device); !status.ok()) return status;
    wanted = device.index;
    devices.emplace(wanted, device);
  }
  std::vector<DeviceRecord> addresses;
  if (auto status = DumpAddresses(wanted, addresses); !status.ok()) return status;
  // After the addresses: a device that is not there by now has taken its own with it.
  if (wanted == 0) {
    if (auto status = DumpDevices(devices); !status.ok()) return status;
  }
  std::erase_if(addresses, [&](DeviceRecord& address) {
    const auto device = devices.find(address.index);
    if (device == devices.end()) return true;
    std::memcpy(address.device, device->second.device, sizeof address.device);
    return false;
  });
  table.FillAddresses(std::move(addresses));
  return Status::Ok();
}

Status RouteTransport::DumpAddresses(std::uint32_t index, std::vector<DeviceRecord>& addresses) {
  return Repeat([&]() -> Status {
    addresses.clear();
    MessageBatch question;
    if (auto status = AppendAddressesQuestion(question); !status.ok()) return status;
    return connection_->Dump(question, [&](const Message& message) {
      DeviceRecord address{};
      auto status = DecodeAddress(message, address);
      const bool wanted = index == 0 || address.index == index;
      if (address.family != 0 && wanted) addresses.push_back(address);
      return status;
    });
  });
}

Status RouteTransport::DumpDevices(std::map<std::uint32_t, DeviceRecord>& devices) {
  return Repeat([&]() -> Status {
    devices.clear();
    MessageBatch question;
    if (auto status = AppendDevicesQuestion(question); !status.ok()) return status;
    return connection_->Dump(question, [&](const Message& message) {
      DeviceRecord device{};
      auto status = DecodeDevice(message, device);
      devices.insert_or_assign(device.index, device);
      return status;
    });
  });
}

template <typename Attempt>
Status RouteTransport::Repeat(Attempt attempt) {
  Status status;
  for (int count = 0; count < kAttempts; ++count) {
    status = Connect();
    if (!status.ok()) return status;
    status = attempt();
    if (status.ok() || status.source != Source::kInterrupted) return status;
  }
  return status;
}

Status RouteTransport::Connect() {
  if (connection_ && connection_->broken()) connection_.reset();
  if (connection_) return Status::Ok();
  Status failure;
  auto channel = open_(&failure);
  if (!channel) return failure;
  connection_.emplace(std::move(channel), timeout_);
  return Status::Ok();
}

}  // namespace ipvs
