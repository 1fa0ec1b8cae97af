#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "ipvs/commands.h"
#include "ipvs/option_channel.h"
#include "ipvs/option_layouts.h"
#include "ipvs/snapshot.h"
#include "ipvs/transport.h"

namespace ipvs {

// The socket options of IPVS: older and poorer than netlink, but open to whoever is root in the
// user namespace that owns the network namespace. Opens its socket when first needed.
class SockoptTransport final : public Transport, private SnapshotSource {
 public:
  // Opens a way to the kernel: a channel, or nothing and the reason.
  using Opener = std::function<std::unique_ptr<OptionChannel>(Status* failure)>;

  explicit SockoptTransport(Opener open) : open_(std::move(open)) {}

  void Execute(std::span<const RequestRecord* const> requests, std::span<Status> outcomes) override;
  Status Read(TableKind kind, const RequestRecord& request, Table& table) override;

 private:
  Status ExecuteOne(const RequestRecord& request);
  // Carries out a command about a service, with its destination where the command has one.
  Status Change(const WriteCommand& command, int option, const RequestRecord& request);

  Status ReadService(const ServiceRecord& service, Table& table);
  Status ReadDaemons(Table& table);
  Status ReadAgreedServices(std::vector<ServiceEntry>& entries, bool* torn);
  Status ReadAgreedDestinations(const ServiceRecord& service,
                                std::vector<DestinationEntry>& entries, bool* torn);
  Status ReadServices(Table& table);
  Status ReadDestinations(const ServiceRecord& service, Table& table);
  Status ListServices(ListReading& reading, ObservedServices& services) override;
  Status ListDestinations(const ServiceRecord& service, ObservedDestinations& destinations,
                          bool* torn) override;
  Status FindService(const ServiceRecord& service, bool* there) override;
  Status FindEntry(const ServiceRecord& service, ServiceEntry* entry);
  // Appends the entries of a list, at most `room`; `head` says which list.
  template <typename List, typename Entry>
  Status ReadList(int option, List head, std::uint64_t room, std::vector<Entry>& entries);

  // Sees to it that there is a socket.
  Status Connect();
  Status Set(int option, std::span<const std::byte> value);
  Status Get(int option, std::span<std::byte> value);

  Opener open_;
  std::unique_ptr<OptionChannel> channel_;
};

}  // namespace ipvs
