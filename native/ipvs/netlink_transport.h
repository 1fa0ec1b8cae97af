#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "ipvs/snapshot.h"
#include "ipvs/transport.h"
#include "netlink/connection.h"

namespace ipvs {

// The IPVS family of generic netlink. Opens its socket when first needed, and a
// new one after the conversation over the old one broke; resolves the family
// again when an answer says that the number it knows is no longer the family's.
class NetlinkTransport final : public Transport, private SnapshotSource {
 public:
  // Opens a way to the kernel: a channel, or nothing and the reason.
  using Opener = std::function<std::unique_ptr<netlink::Channel>(Status* failure)>;

  NetlinkTransport(Opener open, std::chrono::milliseconds timeout)
      : open_(std::move(open)), timeout_(timeout) {}

  void Execute(std::span<const RequestRecord* const> requests, std::span<Status> outcomes) override;
  Status Read(TableKind kind, const RequestRecord& request, Table& table) override;

 private:
  using Answer = std::function<Status(std::span<const std::byte> attributes)>;

  // Sees to it that there are a connection and the family's number.
  Status Connect();
  // Asks for the family's number again.
  Status RefreshFamily(bool* moved);
  // Sends the requests that `which` names. `attempts` bounds how often a moving family is followed.
  void Send(std::span<const std::size_t> which, std::span<const RequestRecord* const> requests,
            std::span<Status> outcomes, int attempts);
  Status Ask(std::uint8_t command, const ServiceRecord* service, const Answer& on_answer);
  Status Dump(netlink::Connection& connection, std::uint8_t command, const ServiceRecord* service,
              const Answer& on_entry, std::size_t* blocks = nullptr);
  // A connection over which the kernel cuts lists at other places, where one can be had.
  std::optional<netlink::Connection> ConnectAnew();
  // One reading of a list, added to what is in `records`. After one of several blocks the next is
  // cut into others.
  template <typename List>
  Status ReadOnce(const ServiceRecord* service, ListReading& reading, List& records);
  // Reads a list until two readings agree, and says in `torn` whether none did.
  template <typename List>
  Status ReadAgreed(const ServiceRecord* service, List& records, bool* torn);
  Status ListServices(ListReading& reading, ObservedServices& services) override;
  Status ListDestinations(const ServiceRecord& service, ObservedDestinations& destinations,
                          bool* torn) override;
  Status FindService(const ServiceRecord& service, bool* there) override;
  Status ReadServices(Table& table);
  Status ReadDestinations(const ServiceRecord& service, Table& table);
  Status ReadDaemons(Table& table);
  // Runs a read, and again when the table changed under it or the family had moved.
  template <typename Attempt>
  Status Repeat(Attempt attempt);

  Opener open_;
  std::chrono::milliseconds timeout_;
  std::optional<netlink::Connection> connection_;
  std::uint16_t family_ = 0;  // 0: not known
};

}  // namespace ipvs
