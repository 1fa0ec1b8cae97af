#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "netlink/channel.h"
#include "simulated_kernel.h"
#include "simulated_options.h"
#include "simulated_route.h"
#include "support/unique_fd.h"
#include "wire.h"

// The kernel behind the sockets of native/, whole: while one of these lives, the netlink sockets
// that this process opens lead to it, and so do the options of its IPv4 sockets. Everything of
// native/ is the real thing; the tests are linked so that its system calls on sockets come here
// (see native/CMakeLists.txt). A netlink socket is one end of a real pair, so that waits, cuts and
// closes are the kernel's own. It answers as the kernel does, before the send has returned, unless
// a fault is set.
class StandInKernel {
 public:
  using Clock = std::chrono::steady_clock;

  // What one receive brings: a datagram, or an errno.
  struct Event {
    int error = 0;
    wire::Bytes datagram;
  };

  // What becomes of one datagram that is sent.
  struct Delivery {
    int send_error = 0;
    std::deque<Event> events;
    bool endless = false;               // the last event comes again and again
    std::size_t interrupted_polls = 0;  // so many waits end with EINTR
    std::chrono::microseconds delay{};  // another thread brings the events, so much later
  };

  // One datagram that was sent, and the datagrams that answer it.
  struct Exchange {
    int protocol = 0;
    std::uint32_t port = 0;
    std::uint32_t sequence = 0;  // of the first message
    std::uint32_t count = 0;     // of messages
    std::uint16_t type = 0;
    bool dump = false;
    std::vector<wire::Bytes> answers;
  };

  using Fault = std::function<Delivery(const Exchange& exchange)>;
  // What the kernel says is the length of an option's value.
  using LengthFault = std::function<socklen_t(int option, socklen_t length)>;
  // Changes the value of an option.
  using ValueFault = std::function<void(int option, std::span<std::byte> value)>;

  static Delivery Honest(const Exchange& exchange);

  StandInKernel();
  ~StandInKernel();
  StandInKernel(const StandInKernel&) = delete;
  StandInKernel& operator=(const StandInKernel&) = delete;

  // From the next datagram on, but for those to the controller; nothing: answers are honest again.
  void Set(Fault fault);
  // The same with the controller's.
  void SetForAll(Fault fault);
  void SetLength(LengthFault fault);
  void SetValue(ValueFault fault);

  // The netlink sockets that are open.
  std::size_t open() const;
  // The datagrams that were sent, the controller's not counted.
  std::size_t exchanges() const;

  // Before anything is opened.
  SimulatedKernel ipvs;
  SimulatedRoute route;
  SimulatedOptions options;

  // The system calls; each says whether it was for this kernel.
  bool Socket(int domain, int type, int protocol, int* result);
  bool Connect(int fd, int* result);
  bool Name(int fd, sockaddr* address, int* result);
  bool Send(int fd, std::span<const std::byte> datagram, ssize_t* result);
  bool Receive(int fd, std::span<std::byte> buffer, int flags, ssize_t* result);
  bool Poll(pollfd* waits, nfds_t count, int timeout, int* result);
  bool Get(int fd, int level, int option, void* value, socklen_t* length, int* result);
  bool Set(int fd, int level, int option, const void* value, socklen_t length, int* result);
  void Close(int fd);

 private:
  struct Line {
    int protocol = 0;
    std::uint32_t port = 0;
    ipvs::UniqueFd far;
    std::unique_ptr<SimulatedChannel> generic;  // of NETLINK_GENERIC
    Delivery delivery;
  };

  struct Late {
    Clock::time_point due;
    int fd;
    std::uint32_t port;  // a later socket can have the number
    Delivery delivery;
  };

  using Lock = std::unique_lock<std::mutex>;

  Line* Find(int fd);
  Exchange Read(Line& line, std::span<const std::byte> datagram);
  void DeliverLate();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, Line> lines_;
  std::set<int> option_sockets_;
  Fault fault_;
  bool controller_too_ = false;
  LengthFault length_fault_;
  ValueFault value_fault_;
  std::uint32_t next_port_ = 50'000;
  std::size_t exchanges_ = 0;
  std::deque<Late> late_;
  bool over_ = false;
  std::thread thread_;
};
