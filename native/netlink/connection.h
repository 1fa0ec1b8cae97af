#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "netlink/channel.h"
#include "netlink/message.h"
#include "support/status.h"

namespace ipvs::netlink {

// One conversation with the kernel: sends requests and finds the answer that
// belongs to each. After a failure of the conversation itself (no answer in time,
// answers lost, answers that cannot be read) it is broken and must be replaced,
// because what is still under way can no longer be told from what comes next.
class Connection {
 public:
  Connection(std::unique_ptr<Channel> channel, std::chrono::milliseconds timeout,
             std::uint32_t first_sequence = 1);

  // Receives the answer message of request `index`; says whether it could be read.
  using ReplyHandler = std::function<Status(std::size_t index, const Message& message)>;
  // Receives one entry of a dump.
  using EntryHandler = std::function<Status(const Message& message)>;

  // What ends an exchange: the acknowledgement of the last request, or its answer, where there
  // always is one, and an acknowledgement would have to be received besides.
  enum class Until : std::uint8_t { kAcknowledged, kAnswered };

  // Sends the batch as one datagram. Returns how each request ended; requests
  // are executed in order and independently of each other.
  std::vector<Status> Exchange(MessageBatch& batch, const ReplyHandler& on_reply,
                               Until until = Until::kAcknowledged);

  // Sends the one request in the batch, which starts a dump, and reads it to its end.
  // Fails with Source::kInterrupted when the kernel says that the table changed meanwhile.
  // `blocks`, where wanted, is how many datagrams held entries: between two of them the
  // kernel lets go of the table.
  Status Dump(MessageBatch& batch, const EntryHandler& on_entry, std::size_t* blocks = nullptr);

  bool broken() const { return broken_; }

 private:
  // The next datagram, or why there is none. `look` counts the calls for one answer.
  Status Receive(std::span<const std::byte>* datagram, Deadline& deadline, std::size_t look);
  Status Break(Source source, int error);

  std::unique_ptr<Channel> channel_;
  std::chrono::milliseconds timeout_;
  std::vector<std::byte> buffer_;
  std::uint32_t next_sequence_;
  bool broken_ = false;
};

}  // namespace ipvs::netlink
