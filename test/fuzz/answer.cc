// The attributes of one answer of the IPVS family, read as each of the five things it can be: what
// could be read is encoded, and then read as the same.

#include <sys/socket.h>

#include <initializer_list>

#include "check.h"
#include "ipvs/schema.h"
#include "ipvs/table.h"
#include "table_check.h"

namespace {

using fuzz::Check;
using ipvs::ByteBuffer;
using ipvs::DaemonRecord;
using ipvs::Extent;
using ipvs::InfoRecord;
using ipvs::ObservedDestinationRecord;
using ipvs::ObservedServiceRecord;
using ipvs::Source;
using ipvs::Status;
using ipvs::Table;
using ipvs::TimeoutsRecord;
using ipvs::netlink::AttributeWriter;

using Input = std::span<const std::byte>;

void CheckFailure(const Status& status) {
  Check(status.ok() || status.source == Source::kMalformed, "an answer is read, or malformed");
}

void ReadService(Input input) {
  ObservedServiceRecord before;
  const auto status = DecodeService(input, before);
  CheckFailure(status);
  if (!status.ok()) return;
  auto& service = before.service;
  Check(fuzz::IsTerminated(service.scheduler) && fuzz::IsTerminated(service.engine),
        "the names of a service end inside it");
  Table table;
  table.FillServices(std::vector{before});
  fuzz::CheckTable<ObservedServiceRecord>(table, 1, 3);

  // A mark is not told apart by what else may stand in the answer.
  if (service.marked != 0) service.protocol = service.port = 0, service.address = {};
  service.present = 0;
  before.stats = {};
  ByteBuffer written;
  AttributeWriter writer(written);
  EncodeService(service, Extent::kWhole, ~0u, writer);
  ObservedServiceRecord after;
  Check(DecodeService(written, after).ok(), "a service that was encoded can be read");
  Check(fuzz::SameRecord(before, after), "a service is encoded as it was read");
}

// What only answers have: the three counts of connections, behind what a request has.
ByteBuffer WithConnections(const ObservedDestinationRecord& record, Input request) {
  const Input settings = request.subspan(sizeof(nlattr));
  ByteBuffer inner;
  inner.Append(settings.data(), settings.size());
  AttributeWriter counts(inner);
  counts.Integer(7, record.active_connections);
  counts.Integer(8, record.inactive_connections);
  counts.Integer(9, record.persistent_connections);
  ByteBuffer answer;
  AttributeWriter(answer).Bytes(ipvs::kAttributeDestination, inner);
  return answer;
}

void ReadDestination(Input input, std::uint16_t family) {
  ObservedDestinationRecord before;
  const auto status = DecodeDestination(input, family, before);
  CheckFailure(status);
  if (!status.ok()) return;
  Check(before.destination.forward <= 7, "a forwarding method has three bits");
  Table table;
  table.FillDestinations(std::vector{before});
  fuzz::CheckTable<ObservedDestinationRecord>(table, 1, 1);

  before.destination.present = 0;
  before.stats = {};
  ByteBuffer written;
  AttributeWriter writer(written);
  EncodeDestination(before.destination, Extent::kWhole, writer);
  ObservedDestinationRecord after;
  Check(DecodeDestination(WithConnections(before, written), family, after).ok(),
        "a destination that was encoded can be read");
  after.destination.present = 0;
  Check(fuzz::SameRecord(before, after), "a destination is encoded as it was read");
}

void ReadDaemon(Input input) {
  DaemonRecord before;
  const auto status = DecodeDaemon(input, before);
  CheckFailure(status);
  if (!status.ok()) return;
  Check(fuzz::IsTerminated(before.device), "the name of a device ends inside it");
  Table table;
  table.FillDaemons(std::vector{before});
  fuzz::CheckTable<DaemonRecord>(table, 1, 2);

  ByteBuffer written;
  AttributeWriter writer(written);
  EncodeDaemon(before, Extent::kWhole, writer);
  DaemonRecord after;
  Check(DecodeDaemon(written, after).ok(), "a daemon that was encoded can be read");
  Check(fuzz::SameRecord(before, after), "a daemon is encoded as it was read");
}

void ReadTimeouts(Input input) {
  TimeoutsRecord before;
  const auto status = DecodeTimeouts(input, before);
  CheckFailure(status);
  // A request has no 0: it would mean that the timeout stays as it is.
  if (!status.ok() || before.tcp == 0 || before.tcp_fin == 0 || before.udp == 0) return;
  ByteBuffer written;
  AttributeWriter writer(written);
  EncodeTimeouts(before, writer);
  TimeoutsRecord after;
  Check(DecodeTimeouts(written, after).ok(), "timeouts that were encoded can be read");
  Check(fuzz::SameRecord(before, after), "timeouts are encoded as they were read");
}

void ReadInfo(Input input) {
  InfoRecord info;
  const auto status = DecodeInfo(input, info);
  CheckFailure(status);
  Check(info.transport == 0, "an answer does not say which way it came");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input = fuzz::InputOf(data, size);
  ReadService(input);
  for (const int family : {AF_INET, AF_INET6}) {
    ReadDestination(input, static_cast<std::uint16_t>(family));
  }
  ReadDaemon(input);
  ReadTimeouts(input);
  ReadInfo(input);
  return 0;
}
