#pragma once

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "ipvs/commands.h"
#include "netlink/channel.h"
#include "wire.h"

// The kernel's side of a conversation, with answers made beforehand: what it does itself is little
// beside what is counted.
struct PreparedKernel {
  // As the kernel fills its blocks, about 32 KiB each.
  static constexpr std::size_t kEntriesPerBlock = 64;

  using Blocks = std::vector<wire::Bytes>;
  Blocks services;
  Blocks destinations;  // the same of every service

  // The blocks of a dump of `count` entries.
  static Blocks MakeBlocks(std::uint8_t command, std::size_t count,
                           const std::function<wire::Bytes(std::size_t)>& answer) {
    Blocks blocks;
    for (std::size_t index = 0; index < count; ++index) {
      if (index % kEntriesPerBlock == 0) blocks.emplace_back();
      const wire::Bytes entry =
          wire::MessageOf(kFamily, NLM_F_MULTI, 0, kPort, wire::Generic(command, answer(index)));
      blocks.back().insert(blocks.back().end(), entry.begin(), entry.end());
    }
    return blocks;
  }

  static constexpr std::uint16_t kFamily = 28;
  static constexpr std::uint32_t kPort = 4711;
};

class PreparedChannel final : public ipvs::netlink::Channel {
 public:
  explicit PreparedChannel(const PreparedKernel& kernel) : kernel_(kernel) {}

  int Send(std::span<const std::byte> datagram) override {
    nlmsghdr header{};
    std::span<const std::byte> payload;
    ForEachMessage(datagram, [&](std::size_t start) {
      std::memcpy(&header, datagram.data() + start, sizeof header);
      payload = datagram.subspan(start + NLMSG_HDRLEN);
    });
    sequence_ = header.nlmsg_seq;
    if (header.nlmsg_type == GENL_ID_CTRL) {
      answers_.push_back(&family_);
    } else if ((header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP) {
      const bool services = std::to_integer<std::uint8_t>(payload.front()) == ipvs::kGetService;
      for (const auto& block : services ? kernel_.services : kernel_.destinations) {
        answers_.push_back(&block);
      }
      answers_.push_back(&done_);
      return 0;
    }
    answers_.push_back(&acknowledgement_);
    return 0;
  }

  ipvs::netlink::Received Receive(std::span<std::byte> buffer, ipvs::netlink::Deadline&) override {
    if (answers_.empty()) return {ETIMEDOUT, 0, false};
    const wire::Bytes& answer = *answers_.front();
    answers_.pop_front();
    std::memcpy(buffer.data(), answer.data(), answer.size());
    ForEachMessage(buffer.first(answer.size()), [&](std::size_t start) {
      std::memcpy(buffer.data() + start + offsetof(nlmsghdr, nlmsg_seq), &sequence_,
                  sizeof sequence_);
    });
    return {0, answer.size(), false};
  }

  std::uint32_t port() const override { return PreparedKernel::kPort; }

 private:
  template <typename Visit>
  static void ForEachMessage(std::span<const std::byte> datagram, Visit visit) {
    std::uint32_t length = 0;
    for (std::size_t start = 0; start < datagram.size(); start += NLMSG_ALIGN(length)) {
      std::memcpy(&length, datagram.data() + start, sizeof length);
      visit(start);
    }
  }

  const PreparedKernel& kernel_;
  const wire::Bytes family_ = wire::MessageOf(
      GENL_ID_CTRL, 0, 0, PreparedKernel::kPort,
      wire::Generic(CTRL_CMD_NEWFAMILY,
                    wire::AttributeOf(CTRL_ATTR_FAMILY_ID, wire::U16(PreparedKernel::kFamily))));
  const wire::Bytes acknowledgement_ = wire::Ack(0, PreparedKernel::kPort);
  const wire::Bytes done_ = wire::Done(0, PreparedKernel::kPort);
  std::uint32_t sequence_ = 0;
  std::deque<const wire::Bytes*> answers_;
};
