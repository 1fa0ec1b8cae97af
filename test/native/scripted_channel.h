#pragma once

#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "netlink/channel.h"
#include "wire.h"

// What a scripted channel brings, and what was done with it.
struct Script {
  struct Event {
    int error = 0;
    wire::Bytes datagram;
  };

  std::uint32_t port = 4711;
  std::deque<Event> events;  // one for each receive
  int send_error = 0;
  bool endless = false;  // the last event is repeated for ever

  std::vector<wire::Bytes> sent;
  std::size_t received = 0;
  // The time that was left whenever there was nothing to receive.
  std::vector<std::chrono::milliseconds> waits;

  void Bring(std::initializer_list<wire::Bytes> messages) {
    events.push_back({0, wire::Join(messages)});
  }
  void Fail(int error) { events.push_back({error, {}}); }
};

// A channel that plays a script. Where the script ends it behaves like a socket with
// nothing to read, except that it does not really wait.
class ScriptedChannel final : public ipvs::netlink::Channel {
 public:
  explicit ScriptedChannel(std::shared_ptr<Script> script) : script_(std::move(script)) {}

  int Send(std::span<const std::byte> datagram) override {
    script_->sent.emplace_back(datagram);
    return script_->send_error;
  }

  ipvs::netlink::Received Receive(std::span<std::byte> buffer,
                                  ipvs::netlink::Deadline& deadline) override {
    ++script_->received;
    auto& events = script_->events;
    if (events.empty()) {
      script_->waits.push_back(deadline.Remaining());
      return {ETIMEDOUT, 0, false};
    }
    const Script::Event event = events.front();
    if (!script_->endless || events.size() > 1) events.pop_front();
    if (event.error != 0) return {event.error, 0, false};
    const std::size_t size = std::min(buffer.size(), event.datagram.size());
    if (size != 0) std::memcpy(buffer.data(), event.datagram.data(), size);
    return {0, size, size < event.datagram.size()};
  }

  std::uint32_t port() const override { return script_->port; }

 private:
  std::shared_ptr<Script> script_;
};
