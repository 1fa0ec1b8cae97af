#include "stand_in_kernel.h"

#include <linux/genetlink.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <utility>

// The linker gives these names to the system calls themselves.
extern "C" {
int __real_socket(int domain, int type, int protocol);
int __real_connect(int fd, const sockaddr* address, socklen_t length);
int __real_getsockname(int fd, sockaddr* address, socklen_t* length);
ssize_t __real_send(int fd, const void* data, size_t size, int flags);
ssize_t __real_recv(int fd, void* data, size_t size, int flags);
int __real_poll(pollfd* waits, nfds_t count, int timeout);
int __real_getsockopt(int fd, int level, int option, void* value, socklen_t* length);
int __real_setsockopt(int fd, int level, int option, const void* value, socklen_t length);
int __real_close(int fd);
}

namespace {

// Taken by whoever makes a call while there is one, so that it does not go meanwhile.
std::atomic<StandInKernel*> current = nullptr;

template <typename Result>
Result Fail(int error) {
  errno = error;
  return -1;
}

}  // namespace

StandInKernel::StandInKernel() {
  thread_ = std::thread([this] { DeliverLate(); });
  current = this;
}

StandInKernel::~StandInKernel() {
  current = nullptr;
  {
    const Lock lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

StandInKernel::Delivery StandInKernel::Honest(const Exchange& exchange) {
  Delivery delivery;
  for (const wire::Bytes& answer : exchange.answers) delivery.events.push_back({0, answer});
  return delivery;
}

void StandInKernel::Set(Fault fault) {
  const Lock lock(mutex_);
  fault_ = std::move(fault);
  controller_too_ = false;
}

void StandInKernel::SetForAll(Fault fault) {
  const Lock lock(mutex_);
  fault_ = std::move(fault);
  controller_too_ = true;
}

void StandInKernel::SetLength(LengthFault fault) {
  const Lock lock(mutex_);
  length_fault_ = std::move(fault);
}

void StandInKernel::SetValue(ValueFault fault) {
  const Lock lock(mutex_);
  value_fault_ = std::move(fault);
}

std::size_t StandInKernel::open() const {
  const Lock lock(mutex_);
  return lines_.size();
}

std::size_t StandInKernel::exchanges() const {
  const Lock lock(mutex_);
  return exchanges_;
}

StandInKernel::Line* StandInKernel::Find(int fd) {
  const auto found = lines_.find(fd);
  return found == lines_.end() ? nullptr : &found->second;
}

bool StandInKernel::Socket(int domain, int type, int protocol, int* result) {
  const Lock lock(mutex_);
  if (domain == AF_INET) {
    *result = __real_socket(domain, type, protocol);
    if (*result >= 0) option_sockets_.insert(*result);
    return true;
  }
  if (domain != AF_NETLINK) return false;
  // Of packets, as netlink is.
  std::array<int, 2> ends{};
  *result = ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data());
  if (*result != 0) return true;
  *result = ends[0];
  Line line;
  line.protocol = protocol;
  line.far = ipvs::UniqueFd(ends[1]);
  if (protocol == NETLINK_GENERIC) {
    line.generic = std::make_unique<SimulatedChannel>(ipvs);
    line.port = line.generic->port();
  } else {
    line.port = ++next_port_;
  }
  lines_.insert_or_assign(ends[0], std::move(line));
  return true;
}

bool StandInKernel::Connect(int fd, int* result) {
  const Lock lock(mutex_);
  *result = 0;
  return Find(fd) != nullptr;
}

bool StandInKernel::Name(int fd, sockaddr* address, int* result) {
  const Lock lock(mutex_);
  const Line* line = Find(fd);
  if (line == nullptr) return false;
  sockaddr_nl name{};
  name.nl_family = AF_NETLINK;
  name.nl_pid = line->port;
  std::memcpy(address, &name, sizeof name);
  *result = 0;
  return true;
}

StandInKernel::Exchange StandInKernel::Read(Line& line, std::span<const std::byte> datagram) {
  nlmsghdr header{};
  std::memcpy(&header, datagram.data(), std::min(sizeof header, datagram.size()));
  const bool dump = (header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
  Exchange exchange{line.protocol, line.port, header.nlmsg_seq, 0, header.nlmsg_type, dump, {}};
  for (auto rest = datagram; rest.size() >= sizeof header; ++exchange.count) {
    std::memcpy(&header, rest.data(), sizeof header);
    rest = rest.subspan(std::min<std::size_t>((header.nlmsg_len + 3) / 4 * 4, rest.size()));
  }
  if (!line.generic) {
    exchange.answers = route.Answer(datagram, line.port);
    return exchange;
  }
  line.generic->Send(datagram);
  std::vector<std::byte> buffer(std::size_t{64} << 10);
  ipvs::netlink::Deadline deadline(std::chrono::milliseconds(0));
  for (;;) {
    const auto received = line.generic->Receive(buffer, deadline);
    if (received.error != 0) break;
    exchange.answers.emplace_back(std::span(buffer).first(received.size));
  }
  return exchange;
}

bool StandInKernel::Send(int fd, std::span<const std::byte> datagram, ssize_t* result) {
  const Lock lock(mutex_);
  Line* line = Find(fd);
  if (line == nullptr) return false;
  const Exchange exchange = Read(*line, datagram);
  const bool controller = line->generic && exchange.type == GENL_ID_CTRL;
  if (!controller) ++exchanges_;
  const bool faulty = fault_ && (controller_too_ || !controller);
  Delivery delivery = faulty ? fault_(exchange) : Honest(exchange);
  if (delivery.send_error != 0) {
    *result = Fail<ssize_t>(delivery.send_error);
    return true;
  }
  *result = static_cast<ssize_t>(datagram.size());
  if (delivery.delay.count() > 0) {
    late_.push_back({Clock::now() + delivery.delay, fd, line->port, std::move(delivery)});
    changed_.notify_all();
    return true;
  }
  // What was not read of earlier answers stays; an answer without end ends with the next request.
  if (line->delivery.endless) line->delivery = {};
  auto& events = line->delivery.events;
  events.insert(events.end(), std::make_move_iterator(delivery.events.begin()),
                std::make_move_iterator(delivery.events.end()));
  line->delivery.endless = delivery.endless;
  line->delivery.interrupted_polls = delivery.interrupted_polls;
  return true;
}

bool StandInKernel::Receive(int fd, std::span<std::byte> buffer, int flags, ssize_t* result) {
  const Lock lock(mutex_);
  Line* line = Find(fd);
  if (line == nullptr) return false;
  auto& events = line->delivery.events;
  if (!events.empty()) {
    // A copy: without an end, the last is brought again.
    const Event event = events.front();
    if (!line->delivery.endless || events.size() > 1) events.pop_front();
    if (event.error != 0) {
      *result = Fail<ssize_t>(event.error);
      return true;
    }
    __real_send(line->far.get(), event.datagram.data(), event.datagram.size(),
                MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  *result = __real_recv(fd, buffer.data(), buffer.size(), flags);
  return true;
}

bool StandInKernel::Poll(pollfd* waits, nfds_t count, int timeout, int* result) {
  {
    const Lock lock(mutex_);
    Line* line = count == 0 ? nullptr : Find(waits[0].fd);
    if (line == nullptr) return false;
    if (line->delivery.interrupted_polls > 0) {
      --line->delivery.interrupted_polls;
      *result = Fail<int>(EINTR);
      return true;
    }
    if (!line->delivery.events.empty()) {
      for (nfds_t place = 0; place < count; ++place) waits[place].revents = 0;
      waits[0].revents = POLLIN;
      *result = 1;
      return true;
    }
  }
  *result = __real_poll(waits, count, timeout);
  return true;
}

bool StandInKernel::Get(int fd, int level, int option, void* value, socklen_t* length,
                        int* result) {
  const Lock lock(mutex_);
  if (level != IPPROTO_IP || !option_sockets_.contains(fd)) return false;
  const std::span bytes(static_cast<std::byte*>(value), *length);
  const int error = options.Get(option, bytes);
  *result = error == 0 ? 0 : Fail<int>(error);
  if (error == 0 && value_fault_) value_fault_(option, bytes);
  if (error == 0 && length_fault_) *length = length_fault_(option, *length);
  return true;
}

bool StandInKernel::Set(int fd, int level, int option, const void* value, socklen_t length,
                        int* result) {
  const Lock lock(mutex_);
  *result = 0;
  if (Find(fd) != nullptr) return true;
  if (level != IPPROTO_IP || !option_sockets_.contains(fd)) return false;
  const int error = options.Set(option, {static_cast<const std::byte*>(value), length});
  *result = error == 0 ? 0 : Fail<int>(error);
  return true;
}

void StandInKernel::Close(int fd) {
  // Its far end goes with it, which is a call of its own, so without the lock.
  std::map<int, Line>::node_type line;
  const Lock lock(mutex_);
  option_sockets_.erase(fd);
  line = lines_.extract(fd);
}

void StandInKernel::DeliverLate() {
  Lock lock(mutex_);
  while (!over_) {
    if (late_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto next = std::min_element(late_.begin(), late_.end(),
                                       [](const Late& a, const Late& b) { return a.due < b.due; });
    if (Clock::now() < next->due) {
      changed_.wait_until(lock, next->due);
      continue;
    }
    const Late late = std::move(*next);
    late_.erase(next);
    const Line* line = Find(late.fd);
    if (line == nullptr || line->port != late.port) continue;
    for (const Event& event : late.delivery.events) {
      __real_send(line->far.get(), event.datagram.data(), event.datagram.size(),
                  MSG_DONTWAIT | MSG_NOSIGNAL);
    }
  }
}

extern "C" {

int __wrap_socket(int domain, int type, int protocol) {
  int result = 0;
  StandInKernel* kernel = current;
  if (kernel != nullptr && kernel->Socket(domain, type, protocol, &result)) return result;
  return __real_socket(domain, type, protocol);
}

int __wrap_connect(int fd, const sockaddr* address, socklen_t length) {
  int result = 0;
  StandInKernel* kernel = current;
  if (kernel != nullptr && kernel->Connect(fd, &result)) return result;
  return __real_connect(fd, address, length);
}

int __wrap_getsockname(int fd, sockaddr* address, socklen_t* length) {
  int result = 0;
  StandInKernel* kernel = current;
  if (kernel != nullptr && kernel->Name(fd, address, &result)) return result;
  return __real_getsockname(fd, address, length);
}

ssize_t __wrap_send(int fd, const void* data, size_t size, int flags) {
  ssize_t result = 0;
  const std::span datagram(static_cast<const std::byte*>(data), size);
  StandInKernel* kernel = current;
  if (kernel != nullptr && kernel->Send(fd, datagram, &result)) return result;
  return __real_send(fd, data, size, flags);
}

ssize_t __wrap_recv(int fd, void* data, size_t size, int flags) {
  ssize_t result = 0;
  const std::span buffer(static_cast<std::byte*>(data), size);
  StandInKernel* kernel = current;
  if (kernel != nullptr && kernel->Receive(fd, buffer, flags, &result)) return result;
  return __real_recv(fd, data, size, flags);
}

int __wrap_poll(pollfd* waits, nfds_t count, int timeout) {
  int result = 0;
  StandInKernel* kernel = current;
  if (kernel != nullptr && kernel->Poll(waits, count, timeout, &result)) return result;
  return __real_poll(waits, count, timeout);
}

int __wrap_getsockopt(int fd, int level, int option, void* value, socklen_t* length) {
  int result = 0;
  StandInKernel* kernel = current;
  if (kernel != nullptr && kernel->Get(fd, level, option, value, length, &result)) return result;
  return __real_getsockopt(fd, level, option, value, length);
}

int __wrap_setsockopt(int fd, int level, int option, const void* value, socklen_t length) {
  int result = 0;
  StandInKernel* kernel = current;
  if (kernel != nullptr && kernel->Set(fd, level, option, value, length, &result)) return result;
  return __real_setsockopt(fd, level, option, value, length);
}

int __wrap_close(int fd) {
  if (StandInKernel* kernel = current) kernel->Close(fd);
  return __real_close(fd);
}

}  // extern "C"
