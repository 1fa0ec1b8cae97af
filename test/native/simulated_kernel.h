#pragma once

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "netlink/channel.h"
#include "wire.h"

// The kernel's side of generic netlink: control messages, the controller, one family whose number
// can change, and a queue of answers for each channel. What the commands do is up to the test.
struct SimulatedKernel {
  struct Request {
    std::uint16_t family;
    std::uint16_t flags;
    std::uint8_t command;
    std::uint8_t version;
    wire::Bytes attributes;

    bool dump() const { return (flags & NLM_F_DUMP) == NLM_F_DUMP; }
  };

  struct Answer {
    int error = 0;
    std::vector<wire::Bytes> messages;  // attributes, one message each
    bool interrupted = false;           // the dump says that the table changed
    std::uint8_t command = 1;
    bool silent = false;        // executed, and nothing is sent, not even an acknowledgement
    bool acknowledged = false;  // whether or not that was asked for
  };

  // What the family's commands do. Called for each request that reaches it.
  std::function<Answer(const Request&)> handle = [](const Request&) { return Answer{}; };
  // Called before each datagram and before each message in it.
  std::function<void()> before_datagram = [] {};
  std::function<void()> before_message = [] {};
  std::function<void()> after_resolve = [] {};

  std::uint16_t family = 28;          // 0: the module is not loaded
  int unknown_family_error = ENOENT;  // what a request under another number is told
  int open_error = 0;
  int silent_datagrams = 0;                  // so many datagrams are executed and never answered
  bool loses_marks = false;                  // control messages are never answered
  std::size_t entries_per_block = SIZE_MAX;  // of a dump
  std::size_t first_block = 0;               // entries in a channel's first block, where not 0
  std::size_t passes_over = 0;               // so many entries, after the first block of a dump
  std::size_t queue_limit = SIZE_MAX;        // answers for which there is room

  int opened = 0;
  int resolved = 0;
  std::vector<Request> requests;    // that reached the family
  std::vector<Request> strayed;     // sent under a number that is not the family's
  std::vector<std::size_t> sizes;   // of each datagram, the controller's not counted
  std::vector<std::size_t> counts;  // of the messages in it
  std::size_t marks = 0;            // control messages
};

class SimulatedChannel final : public ipvs::netlink::Channel {
 public:
  explicit SimulatedChannel(SimulatedKernel& kernel)
      : kernel_(kernel), port_(1'000u + static_cast<std::uint32_t>(++kernel.opened)) {}

  int Send(std::span<const std::byte> datagram) override {
    kernel_.before_datagram();
    const bool silent = kernel_.silent_datagrams > 0;
    if (silent) --kernel_.silent_datagrams;
    const bool overrun_before = overrun_;
    std::size_t count = 0;
    const std::size_t whole = datagram.size();
    bool controller = false;
    while (datagram.size() >= 16) {
      nlmsghdr header{};
      std::memcpy(&header, datagram.data(), sizeof header);
      if (header.nlmsg_len < 16 || header.nlmsg_len > datagram.size()) break;
      kernel_.before_message();
      controller = header.nlmsg_type == GENL_ID_CTRL;
      Execute(header, datagram.subspan(16, header.nlmsg_len - 16), silent);
      datagram = datagram.subspan((header.nlmsg_len + 3) / 4 * 4);
      ++count;
    }
    if (!controller) {
      kernel_.sizes.push_back(whole);
      kernel_.counts.push_back(count);
    }
    tell_overrun_ = overrun_ && !overrun_before;
    return 0;
  }

  ipvs::netlink::Received Receive(std::span<std::byte> buffer, ipvs::netlink::Deadline&) override {
    if (std::exchange(tell_overrun_, false)) return {ENOBUFS, 0, false};
    if (queue_.empty()) return {ETIMEDOUT, 0, false};
    const wire::Bytes datagram = std::move(queue_.front());
    queue_.pop_front();
    std::memcpy(buffer.data(), datagram.data(), datagram.size());
    return {0, datagram.size(), false};
  }

  std::uint32_t port() const override { return port_; }

 private:
  using Answer = SimulatedKernel::Answer;

  void Execute(const nlmsghdr& header, std::span<const std::byte> payload, bool silent) {
    if (header.nlmsg_type < NLMSG_MIN_TYPE) {
      ++kernel_.marks;
      const bool acknowledge = (header.nlmsg_flags & NLM_F_ACK) != 0;
      if (acknowledge && !silent && !kernel_.loses_marks) {
        Queue(wire::Ack(header.nlmsg_seq, port_));
      }
      return;
    }
    const SimulatedKernel::Request request{
        header.nlmsg_type, header.nlmsg_flags, std::to_integer<std::uint8_t>(payload[0]),
        std::to_integer<std::uint8_t>(payload[1]), wire::Bytes(payload.subspan(4))};
    const Answer answer = Decide(request);
    if (silent || answer.silent) return;

    const std::uint32_t sequence = header.nlmsg_seq;
    if (answer.error != 0) return Queue(wire::Verdict(sequence, port_, answer.error));
    std::uint16_t flags = request.dump() ? NLM_F_MULTI : 0;
    if (answer.interrupted) flags |= NLM_F_DUMP_INTR;
    wire::Bytes block;
    std::size_t in_block = 0;
    std::size_t room = kernel_.entries_per_block;
    if (std::exchange(fresh_, false) && kernel_.first_block != 0) room = kernel_.first_block;
    std::size_t passed_over = 0;
    for (const wire::Bytes& attributes : answer.messages) {
      if (in_block == room) {
        if (passed_over++ < kernel_.passes_over) continue;
        Queue(std::exchange(block, {}));
        in_block = 0;
        room = kernel_.entries_per_block;
      }
      ++in_block;
      block = wire::Join({block, wire::MessageOf(header.nlmsg_type, flags, sequence, port_,
                                                 wire::Generic(answer.command, attributes))});
    }
    if (!block.empty()) Queue(block);
    if (request.dump()) {
      Queue(wire::MessageOf(NLMSG_DONE, flags, sequence, port_, wire::I32(0)));
    } else if ((request.flags & NLM_F_ACK) != 0 || answer.acknowledged) {
      Queue(wire::Ack(sequence, port_));
    }
  }

  Answer Decide(const SimulatedKernel::Request& request) {
    if (request.family == GENL_ID_CTRL) {
      ++kernel_.resolved;
      const std::uint16_t family = kernel_.family;
      kernel_.after_resolve();
      if (family == 0) return {ENOENT, {}};
      return {0, {wire::AttributeOf(CTRL_ATTR_FAMILY_ID, wire::U16(family))}};
    }
    if (request.family != kernel_.family) {
      kernel_.strayed.push_back(request);
      return {kernel_.unknown_family_error, {}};
    }
    kernel_.requests.push_back(request);
    return kernel_.handle(request);
  }

  void Queue(const wire::Bytes& datagram) {
    if (overrun_ || queue_.size() >= kernel_.queue_limit) {
      overrun_ = true;
    } else {
      queue_.push_back(datagram);
    }
  }

  SimulatedKernel& kernel_;
  std::uint32_t port_;
  std::deque<wire::Bytes> queue_;
  bool fresh_ = true;  // nothing was answered yet
  bool overrun_ = false;
  bool tell_overrun_ = false;
};
