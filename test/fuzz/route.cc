// A datagram of rtnetlink, read as devices and as addresses: what could be read can be asked for,
// and the request is about the same.

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "check.h"
#include "netlink/message.h"
#include "route/commands.h"
#include "route/messages.h"
#include "table_check.h"

namespace {

using fuzz::Check;
using ipvs::DeviceRecord;
using ipvs::Source;
using ipvs::Status;
using ipvs::Table;
using ipvs::netlink::Message;
using ipvs::netlink::MessageBatch;
using ipvs::netlink::MessageReader;

void CheckFailure(const Status& status) {
  Check(status.ok() || status.source == Source::kMalformed, "an answer is read, or malformed");
}

// The only message of a request for this.
Message RequestFor(MessageBatch& batch, std::uint32_t command, const DeviceRecord& device) {
  Check(AppendRouteRequest(batch, command, device).ok(), "what was read can be asked for");
  MessageReader reader(batch.bytes());
  const auto message = reader.Next();
  Check(message && !reader.Next() && !reader.malformed(), "a request is one message");
  return *message;
}

void ReadDevice(const Message& message) {
  DeviceRecord before{};
  const auto status = DecodeDevice(message, before);
  CheckFailure(status);
  if (!status.ok()) return;
  Check(fuzz::IsTerminated(before.device) && fuzz::IsTerminated(before.kind),
        "the name and the kind of a device end inside it");
  Table table;
  table.FillDevices(std::vector{before});
  fuzz::CheckTable<DeviceRecord>(table, 1, 1);

  MessageBatch batch;
  DeviceRecord after{};
  Check(DecodeDevice(RequestFor(batch, ipvs::kCreateDevice, before), after).ok(),
        "a device that is asked for can be read");
  Check(std::strcmp(before.device, after.device) == 0 && std::strcmp(before.kind, after.kind) == 0,
        "a device is asked for as it was read");
}

void ReadAddress(const Message& message) {
  DeviceRecord before{};
  const auto status = DecodeAddress(message, before);
  CheckFailure(status);
  if (!status.ok() || before.family == 0) return;
  Table table;
  table.FillAddresses(std::vector{before});
  fuzz::CheckTable<DeviceRecord>(table, 1, 1);

  MessageBatch batch;
  DeviceRecord after{};
  Check(DecodeAddress(RequestFor(batch, ipvs::kAddAddress, before), after).ok(),
        "an address that is asked for can be read");
  after.flags = before.flags;  // a request has its own
  Check(fuzz::SameRecord(before, after), "an address is asked for as it was read");
}

// Reads a message as it is, and as what it does not say it is.
void ReadAs(Message message, std::uint16_t type) {
  message.header.nlmsg_type = type;
  ReadDevice(message);
  ReadAddress(message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  MessageReader reader(fuzz::InputOf(data, size));
  while (const auto message = reader.Next()) {
    ReadAs(*message, message->header.nlmsg_type);
    ReadAs(*message, RTM_NEWLINK);
    ReadAs(*message, RTM_NEWADDR);
  }
  return 0;
}
