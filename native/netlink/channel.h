#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace ipvs::netlink {

// A limit on how long to wait. The clock starts at the first look, because the
// kernel has nearly always answered before there is anything to wait for.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(std::chrono::milliseconds timeout) : timeout_(std::min(timeout, kLongest)) {}

  // What is left, rounded up; zero once it has passed.
  std::chrono::milliseconds Remaining() {
    if (timeout_.count() <= 0) return std::chrono::milliseconds(0);
    const auto now = Clock::now();
    if (!end_) end_ = now + timeout_;
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(*end_ - now),
                    std::chrono::milliseconds(0));
  }

 private:
  // Far beyond every wait, and near enough for the clock, which counts nanoseconds.
  static constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 365);

  std::chrono::milliseconds timeout_;
  std::optional<Clock::time_point> end_;
};

// What one receive brought. `error` is an errno; ETIMEDOUT means the deadline
// passed, ECANCELED that the wait was broken off from another thread.
struct Received {
  int error = 0;
  std::size_t size = 0;
  bool truncated = false;  // the datagram was larger than the buffer; the rest is lost
};

// A way to the kernel that carries datagrams. The socket is one; a test's script is another.
class Channel {
 public:
  virtual ~Channel() = default;

  // Sends the whole datagram; an errno, or 0. ECANCELED: nothing is sent any more.
  virtual int Send(std::span<const std::byte> datagram) = 0;
  virtual Received Receive(std::span<std::byte> buffer, Deadline& deadline) = 0;
  // The address answers must carry.
  virtual std::uint32_t port() const = 0;
};

}  // namespace ipvs::netlink
