// Records that come from JavaScript, whatever they hold: each way to the kernel sends what can be
// read on the other side, about what the record is about, or says why it sends nothing.

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <utility>

#include "check.h"
#include "ipvs/commands.h"
#include "ipvs/netlink_transport.h"
#include "ipvs/option_layouts.h"
#include "ipvs/schema.h"
#include "ipvs/sockopt_transport.h"
#include "netlink/attribute_reader.h"
#include "netlink/message.h"
#include "route/commands.h"
#include "route/route_transport.h"
#include "rtnetlink.h"
#include "simulated_kernel.h"

namespace {

using fuzz::Check;
using ipvs::ObservedServiceRecord;
using ipvs::Part;
using ipvs::RequestRecord;
using ipvs::ServiceRecord;
using ipvs::Source;
using ipvs::Status;
using ipvs::netlink::AttributeReader;
using ipvs::netlink::MessageReader;

using Records = std::vector<RequestRecord>;

constexpr std::size_t kMostRecords = 8;
constexpr std::chrono::milliseconds kTimeout{0};

Records TakeRecords(std::span<const std::byte> input) {
  Records records;
  while (!input.empty() && records.size() < kMostRecords) {
    records.push_back(fuzz::Take<RequestRecord>(input));
  }
  return records;
}

std::vector<Status> Execute(ipvs::Transport& transport, const Records& records) {
  std::vector<const RequestRecord*> places;
  for (const RequestRecord& each : records) places.push_back(&each);
  std::vector<Status> outcomes(records.size());
  transport.Execute(places, outcomes);
  return outcomes;
}

void CheckAttributes(std::span<const std::byte> attributes, std::uint16_t largest) {
  AttributeReader reader(attributes);
  while (const auto attribute = reader.Next()) {
    Check(attribute->type >= 1 && attribute->type <= largest, "an attribute is one of the family");
    if (largest == 6 && attribute->type <= ipvs::kAttributeDaemon) {
      CheckAttributes(attribute->payload, 15);
    }
  }
  Check(!reader.malformed(), "what is sent can be read");
}

// A service that is sent whole is read on the other side as what the record says.
void CheckService(const ServiceRecord& record, std::span<const std::byte> attributes) {
  if (!fuzz::IsTerminated(record.scheduler) || !fuzz::IsTerminated(record.engine)) return;
  ObservedServiceRecord sent;
  Check(DecodeService(attributes, sent).ok(), "a service is sent whole");
  const ServiceRecord& service = sent.service;
  Check(service.family == record.family && service.flags == record.flags &&
            service.timeout == record.timeout && service.netmask == record.netmask,
        "a service is sent as the record says");
  Check((service.marked != 0) == (record.marked != 0), "a mark is sent as a mark");
  const std::size_t size = record.family == AF_INET ? 4 : 16;
  Check(record.marked != 0
            ? service.fwmark == record.fwmark
            : service.protocol == record.protocol && service.port == record.port &&
                  std::equal(record.address.begin(),
                             record.address.begin() + static_cast<std::ptrdiff_t>(size),
                             service.address.begin()),
        "a service is sent under its identity");
  Check(std::strcmp(service.scheduler, record.scheduler) == 0 &&
            std::strcmp(service.engine, record.engine) == 0,
        "the names of a service are sent as the record says");
}

void ThroughNetlink(const Records& records) {
  SimulatedKernel kernel;
  ipvs::NetlinkTransport transport(
      [&](Status*) -> std::unique_ptr<ipvs::netlink::Channel> {
        return std::make_unique<SimulatedChannel>(kernel);
      },
      kTimeout);
  const auto outcomes = Execute(transport, records);
  auto request = kernel.requests.begin();
  for (std::size_t index = 0; index < records.size(); ++index) {
    const auto* command = ipvs::FindWriteCommand(records[index].command);
    Check(outcomes[index].ok() == (command != nullptr), "what has a command is done");
    if (command == nullptr) continue;
    Check(request != kernel.requests.end() && request->command == command->command,
          "requests are sent in order");
    CheckAttributes(request->attributes, 6);
    if (command->service == Part::kWhole) CheckService(records[index].service, request->attributes);
    ++request;
  }
  Check(request == kernel.requests.end() && kernel.strayed.empty(), "nothing else is sent");
}

// A kernel that takes what has the size of its option.
class OptionPeer final : public ipvs::OptionChannel {
 public:
  int Set(int option, std::span<const std::byte> value) override {
    Check(value.size() == SizeOf(option), "an option has its size");
    if (value.size() >= sizeof(ipvs::ServiceOption)) {
      ipvs::ServiceOption service;
      std::memcpy(&service, value.data(), sizeof service);
      Check(fuzz::IsTerminated(service.scheduler), "the name of a scheduler ends inside it");
    } else if (value.size() == sizeof(ipvs::DaemonOption)) {
      ipvs::DaemonOption daemon;
      std::memcpy(&daemon, value.data(), sizeof daemon);
      Check(fuzz::IsTerminated(daemon.device), "the name of a device ends inside it");
    }
    return 0;
  }

  int Get(int option, std::span<std::byte> value) override {
    Check(option == ipvs::option::kService && value.size() == sizeof(ipvs::ServiceEntry),
          "a change looks at its service only");
    return 0;
  }

 private:
  static std::size_t SizeOf(int option) {
    switch (option) {
      case ipvs::option::kFlush: return 0;
      case ipvs::option::kSetTimeouts: return sizeof(ipvs::TimeoutsOption);
      case ipvs::option::kStartDaemon:
      case ipvs::option::kStopDaemon: return sizeof(ipvs::DaemonOption);
      case ipvs::option::kAddDestination:
      case ipvs::option::kEditDestination:
      case ipvs::option::kDeleteDestination: return sizeof(ipvs::ChangeOption);
      default: return sizeof(ipvs::ServiceOption);
    }
  }
};

void ThroughOptions(const Records& records) {
  ipvs::SockoptTransport transport([](Status*) -> std::unique_ptr<ipvs::OptionChannel> {
    return std::make_unique<OptionPeer>();
  });
  const auto outcomes = Execute(transport, records);
  for (std::size_t index = 0; index < records.size(); ++index) {
    const auto* command = ipvs::FindWriteCommand(records[index].command);
    Check(!outcomes[index].ok() || command != nullptr, "only what has a command is done");
    // No option has room for these.
    const bool whole = command != nullptr && command->service == Part::kWhole;
    Check(!outcomes[index].ok() || !whole || records[index].service.engine[0] == '\0',
          "a service is done whole or not at all");
  }
}

// A kernel with one device, which acknowledges everything.
class RoutePeer final : public ipvs::netlink::Channel {
 public:
  int Send(std::span<const std::byte> datagram) override {
    MessageReader reader(datagram);
    while (const auto message = reader.Next()) Answer(*message);
    Check(!reader.malformed(), "what is sent can be read");
    return 0;
  }

  ipvs::netlink::Received Receive(std::span<std::byte> buffer, ipvs::netlink::Deadline&) override {
    Check(!queue_.empty(), "only what comes is waited for");
    const wire::Bytes datagram = std::move(queue_.front());
    queue_.pop_front();
    std::memcpy(buffer.data(), datagram.data(), datagram.size());
    return {0, datagram.size(), false};
  }

  std::uint32_t port() const override { return kPort; }

 private:
  static constexpr std::uint32_t kPort = 4711;

  void Answer(const ipvs::netlink::Message& message) {
    const nlmsghdr& header = message.header;
    const bool link = header.nlmsg_type <= RTM_GETLINK;
    Check(header.nlmsg_type >= RTM_NEWLINK && header.nlmsg_type <= RTM_DELADDR,
          "what is sent is about devices and addresses");
    const std::size_t start = link ? sizeof(ifinfomsg) : sizeof(ifaddrmsg);
    Check(message.payload.size() >= start, "a message has its header");
    AttributeReader reader(message.payload.subspan(start));
    while (reader.Next()) {
    }
    Check(!reader.malformed(), "attributes that are sent can be read");
    if (header.nlmsg_type == RTM_GETLINK) {
      queue_.push_back(rtnetlink::Link(header.nlmsg_seq, kPort, 7, "lvs0", "dummy"));
    }
    if ((header.nlmsg_flags & NLM_F_ACK) != 0) {
      queue_.push_back(wire::Ack(header.nlmsg_seq, kPort));
    }
  }

  std::deque<wire::Bytes> queue_;
};

void ThroughRoutes(const Records& records) {
  ipvs::RouteTransport transport(
      [](Status*) -> std::unique_ptr<ipvs::netlink::Channel> {
        return std::make_unique<RoutePeer>();
      },
      kTimeout);
  const auto outcomes = Execute(transport, records);
  for (std::size_t index = 0; index < records.size(); ++index) {
    Check(outcomes[index].ok() == ipvs::IsRouteCommand(records[index].command),
          "what has a command is done, and nothing else");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Records records = TakeRecords(fuzz::InputOf(data, size));
  if (records.empty()) return 0;
  ThroughNetlink(records);
  ThroughOptions(records);
  ThroughRoutes(records);
  return 0;
}
