#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "rtnetlink.h"
#include "wire.h"

// The kernel's side of rtnetlink: devices by name, and the addresses on them.
struct SimulatedRoute {
  std::map<std::string, std::int32_t> devices = {{"lo", 1}, {"ipvs0", 7}};
  std::vector<wire::Bytes> addresses = {wire::Raw({10, 9, 0, 1}), wire::Raw({10, 9, 0, 2})};

  // The datagrams that answer one datagram.
  std::vector<wire::Bytes> Answer(std::span<const std::byte> datagram, std::uint32_t port) const {
    std::vector<wire::Bytes> answers;
    while (datagram.size() >= sizeof(nlmsghdr)) {
      nlmsghdr header{};
      std::memcpy(&header, datagram.data(), sizeof header);
      const std::size_t length = std::min<std::size_t>(header.nlmsg_len, datagram.size());
      AnswerOne(header, datagram.first(length), port, answers);
      datagram = datagram.subspan(std::min<std::size_t>((length + 3) / 4 * 4, datagram.size()));
    }
    return answers;
  }

 private:
  void AnswerOne(const nlmsghdr& header, std::span<const std::byte> message, std::uint32_t port,
                 std::vector<wire::Bytes>& answers) const {
    const std::uint32_t sequence = header.nlmsg_seq;
    if ((header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP) {
      answers.push_back(header.nlmsg_type == RTM_GETLINK ? AllDevices(sequence, port)
                                                         : AllAddresses(sequence, port));
      answers.push_back(wire::Done(sequence, port));
      return;
    }
    if (header.nlmsg_type == RTM_GETLINK) {
      const auto found = devices.find(NameIn(message));
      if (found == devices.end()) {
        answers.push_back(wire::Verdict(sequence, port, ENODEV));
        return;
      }
      answers.push_back(rtnetlink::Link(sequence, port, found->second, found->first, "dummy"));
    }
    if ((header.nlmsg_flags & NLM_F_ACK) != 0) answers.push_back(wire::Ack(sequence, port));
  }

  // IFLA_IFNAME stands first, behind the headers.
  static std::string NameIn(std::span<const std::byte> message) {
    constexpr std::size_t kName = sizeof(nlmsghdr) + sizeof(ifinfomsg) + 4;
    if (message.size() <= kName) return {};
    const auto* name = reinterpret_cast<const char*>(message.data() + kName);
    return {name, ::strnlen(name, message.size() - kName)};
  }

  wire::Bytes AllDevices(std::uint32_t sequence, std::uint32_t port) const {
    wire::Bytes all;
    for (const auto& [name, index] : devices) {
      all = wire::Join({all, rtnetlink::Link(sequence, port, index, name, {}, 0, NLM_F_MULTI)});
    }
    return all;
  }

  wire::Bytes AllAddresses(std::uint32_t sequence, std::uint32_t port) const {
    wire::Bytes all;
    for (const wire::Bytes& address : addresses) {
      all = wire::Join({all, rtnetlink::Address(sequence, port, 7, address, 32, 0, NLM_F_MULTI)});
    }
    return all;
  }
};
