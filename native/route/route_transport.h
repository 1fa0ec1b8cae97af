#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ipvs/transport.h"
#include "netlink/connection.h"

namespace ipvs {

// Network devices and the addresses on them, over rtnetlink. Opens its socket when first needed,
// and a new one after the conversation over the old one broke.
class RouteTransport final : public Transport {
 public:
  // Opens a way to the kernel: a channel, or nothing and the reason.
  using Opener = std::function<std::unique_ptr<netlink::Channel>(Status* failure)>;

  RouteTransport(Opener open, std::chrono::milliseconds timeout)
      : open_(std::move(open)), timeout_(timeout) {}

  void Execute(std::span<const RequestRecord* const> requests, std::span<Status> outcomes) override;
  Status Read(TableKind kind, const RequestRecord& request, Table& table) override;

 private:
  using DeviceName = char[kDeviceSize];

  // Requests that leave together, and where it is noted how each of them ended.
  struct Batch {
    netlink::MessageBatch messages;
    std::vector<Status*> outcomes;
  };

  // A device that was looked for.
  struct Found {
    Status status;
    std::uint32_t index = 0;
  };

  // Sees to it that there is a connection.
  Status Connect();
  void Send(Batch& batch);
  Status FindDevice(const DeviceName& name, DeviceRecord& device);
  Status ReadDevice(const DeviceName& name, Table& table);
  Status ReadDevices(Table& table);
  Status ReadAddresses(const DeviceName& name, Table& table);
  // The addresses of the device with this index, or of all for 0.
  Status DumpAddresses(std::uint32_t index, std::vector<DeviceRecord>& addresses);
  // The names of all devices, by index.
  Status DumpDevices(std::map<std::uint32_t, DeviceRecord>& devices);
  // Runs a dump, and again when what it reads changed meanwhile.
  template <typename Attempt>
  Status Repeat(Attempt attempt);

  Opener open_;
  std::chrono::milliseconds timeout_;
  std::optional<netlink::Connection> connection_;
};

}  // namespace ipvs
