#include "netlink/socket.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <thread>
#include <vector>

#include "netlink/generic_family.h"
#include "print.h"
#include "process.h"
#include "support/unique_fd.h"
#include "wire.h"

// The socket speaks to the controller of generic netlink, which every kernel has and which
// asks for no privilege.

namespace {

using ipvs::Source;
using ipvs::Status;
using ipvs::UniqueFd;
using ipvs::netlink::Connection;
using ipvs::netlink::Deadline;
using ipvs::netlink::Message;
using ipvs::netlink::MessageBatch;
using ipvs::netlink::Received;
using ipvs::netlink::Socket;
using namespace wire;
using namespace std::chrono_literals;

std::unique_ptr<Socket> Open(int interrupt = -1) {
  int error = 0;
  auto socket = Socket::Open(NETLINK_GENERIC, interrupt, &error);
  REQUIRE(socket);
  return socket;
}

// Asks the controller for itself.
Bytes AskForController(std::uint32_t sequence) {
  return Join({Header(32, GENL_ID_CTRL, NLM_F_REQUEST, sequence, 0),
               Generic(CTRL_CMD_GETFAMILY, AttributeOf(CTRL_ATTR_FAMILY_NAME, Text("nlctrl")))});
}

int OpenSomething() { return ::eventfd(0, EFD_CLOEXEC); }
bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

UniqueFd Signalled() { return UniqueFd(::eventfd(1, EFD_CLOEXEC)); }

}  // namespace

TEST_SUITE("socket") {
  TEST_CASE("each socket has a port of its own") {
    const auto first = Open();
    const auto second = Open();
    CHECK(first->port() != 0);
    CHECK(first->port() != second->port());
  }

  TEST_CASE("a family is resolved over a socket") {
    Connection connection(Open(), 5s);
    std::uint16_t id = 0;
    CHECK(ipvs::netlink::ResolveFamily(connection, "nlctrl", &id) == Status::Ok());
    CHECK(id == GENL_ID_CTRL);
    const Status missing = ipvs::netlink::ResolveFamily(connection, "no such family", &id);
    CHECK(missing.source == Source::kFamily);
    CHECK(missing.error == ENOENT);
    CHECK_FALSE(connection.broken());
  }

  TEST_CASE("many requests in one datagram are all answered, the last with its acknowledgement") {
    Connection connection(Open(), 5s);
    MessageBatch batch;
    for (int count = 0; count < 200; ++count) {
      ipvs::netlink::BeginGeneric(batch, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, 1);
      batch.attributes().String(CTRL_ATTR_FAMILY_NAME, count % 2 == 0 ? "nlctrl" : "nobody");
      REQUIRE(batch.End());
    }
    std::vector<int> replies(200);
    const auto answers = connection.Exchange(batch, [&](std::size_t index, const Message&) {
      ++replies[index];
      return Status::Ok();
    });
    REQUIRE(answers.size() == 200);
    for (std::size_t index = 0; index < 200; ++index) {
      if (replies[index] != (index % 2 == 0 ? 1 : 0)) FAIL("replies at " << index);
      if (answers[index].error != (index % 2 == 0 ? 0 : ENOENT)) FAIL("answer at " << index);
    }
    CHECK_FALSE(connection.broken());
  }

  TEST_CASE("the kernel acknowledges a mark, after what stands before it") {
    Connection connection(Open(), 5s);
    for (const char* family : {"nlctrl", "nobody"}) {
      MessageBatch batch;
      ipvs::netlink::BeginGeneric(batch, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, 1);
      batch.attributes().String(CTRL_ATTR_FAMILY_NAME, family);
      REQUIRE(batch.End());
      batch.Mark();
      std::vector<std::size_t> replies;
      const auto answers = connection.Exchange(batch, [&](std::size_t index, const Message&) {
        replies.push_back(index);
        return Status::Ok();
      });
      const bool there = family == std::string_view("nlctrl");
      REQUIRE(answers.size() == 2);
      CHECK(answers[0].error == (there ? 0 : ENOENT));
      CHECK(answers[1] == Status::Ok());
      CHECK(replies == std::vector<std::size_t>(there ? 1 : 0));
    }
    CHECK_FALSE(connection.broken());
  }

  TEST_CASE("the kernel's own dump is read to its end") {
    Connection connection(Open(), 5s);
    MessageBatch batch;
    ipvs::netlink::BeginGeneric(batch, GENL_ID_CTRL, NLM_F_DUMP, CTRL_CMD_GETFAMILY, 1);
    REQUIRE(batch.End());
    int entries = 0;
    CHECK(connection.Dump(batch, [&](const Message&) {
      ++entries;
      return Status::Ok();
    }) == Status::Ok());
    CHECK(entries > 0);
    CHECK_FALSE(connection.broken());
  }

  TEST_CASE("a receive with nothing to read ends at its deadline and not before") {
    const auto socket = Open();
    std::array<std::byte, 64> buffer;
    Deadline deadline(30ms);
    const auto start = std::chrono::steady_clock::now();
    CHECK(socket->Receive(buffer, deadline).error == ETIMEDOUT);
    const auto took = std::chrono::steady_clock::now() - start;
    CHECK(took >= 30ms);
    CHECK(took < 5s);
  }

  TEST_CASE("with no time left only what is already there is received") {
    const auto socket = Open();
    std::array<std::byte, 4096> buffer;
    Deadline deadline(0ms);
    CHECK(socket->Receive(buffer, deadline).error == ETIMEDOUT);
    REQUIRE(socket->Send(AskForController(1)) == 0);
    CHECK(socket->Receive(buffer, deadline).error == 0);
  }

  TEST_CASE("a datagram larger than the buffer is said to be cut off") {
    const auto socket = Open();
    REQUIRE(socket->Send(AskForController(1)) == 0);
    std::vector<std::byte> buffer(24);
    Deadline deadline(1s);
    const Received received = socket->Receive(buffer, deadline);
    CHECK(received.error == 0);
    CHECK(received.truncated);
    CHECK(received.size <= buffer.size());
  }

  TEST_CASE("a wait is broken off by the interrupt, at once or later") {
    const UniqueFd signalled = Signalled();
    const auto socket = Open(signalled.get());
    std::array<std::byte, 64> buffer;
    Deadline at_once(20s);
    CHECK(socket->Receive(buffer, at_once).error == ECANCELED);

    const UniqueFd later(::eventfd(0, EFD_CLOEXEC));
    const auto waiting = Open(later.get());
    std::thread other([&] {
      std::this_thread::sleep_for(20ms);
      const std::uint64_t one = 1;
      CHECK(::write(later.get(), &one, sizeof one) == sizeof one);
    });
    Deadline deadline(20s);
    const auto start = std::chrono::steady_clock::now();
    CHECK(waiting->Receive(buffer, deadline).error == ECANCELED);
    CHECK(std::chrono::steady_clock::now() - start < 10s);
    other.join();
  }

  TEST_CASE("what is there to read is read, interrupt or not") {
    const UniqueFd signalled = Signalled();
    const auto socket = Open(signalled.get());
    REQUIRE(socket->Send(AskForController(1)) == 0);
    std::array<std::byte, 4096> buffer;
    Deadline deadline(1s);
    const Received received = socket->Receive(buffer, deadline);
    CHECK(received.error == 0);
    CHECK(received.size > 0);
  }

  TEST_CASE("a signal does not end a wait") {
    static std::atomic<int> heard;
    heard = 0;
    struct sigaction before;
    struct sigaction action {};
    action.sa_handler = [](int) { ++heard; };  // without SA_RESTART
    REQUIRE(::sigaction(SIGUSR1, &action, &before) == 0);
    const auto socket = Open();
    const pthread_t self = ::pthread_self();
    std::thread other([&] {
      for (int count = 0; count < 5; ++count) {
        std::this_thread::sleep_for(10ms);
        ::pthread_kill(self, SIGUSR1);
      }
    });
    std::array<std::byte, 64> buffer;
    Deadline deadline(150ms);
    const auto start = std::chrono::steady_clock::now();
    CHECK(socket->Receive(buffer, deadline).error == ETIMEDOUT);
    CHECK(std::chrono::steady_clock::now() - start >= 150ms);
    other.join();
    CHECK(heard > 0);
    ::sigaction(SIGUSR1, &before, nullptr);
  }

  TEST_CASE("the kernel lets nobody else send to it") {
    const auto socket = Open();
    const UniqueFd stranger(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_pid = socket->port();
    const Bytes forged = Ack(1, socket->port());
    const bool sent = ::sendto(stranger.get(), forged.data(), forged.size(), 0,
                               reinterpret_cast<const sockaddr*>(&address), sizeof address) > 0;
    const int error = errno;
    CHECK_FALSE(sent);
    // Without privilege nobody may send to a process at all.
    CHECK((error == ECONNREFUSED || error == EPERM));
    std::array<std::byte, 4096> buffer;
    Deadline deadline(20ms);
    CHECK(socket->Receive(buffer, deadline).error == ETIMEDOUT);
  }

  TEST_CASE("a datagram the kernel does not take gives the errno") {
    const auto socket = Open();
    CHECK(socket->Send(Repeat(64 << 20, 0)) == EMSGSIZE);
  }

  TEST_CASE("a protocol that is not there gives the errno") {
    int error = 0;
    CHECK_FALSE(Socket::Open(31, -1, &error));
    CHECK(error == EPROTONOSUPPORT);
  }

  TEST_CASE("without room for another file there is no socket and an errno") {
    int error = 0;
    const NoMoreFiles none;
    CHECK_FALSE(Socket::Open(NETLINK_GENERIC, -1, &error));
    CHECK(error == EMFILE);
  }

  TEST_CASE("a socket is one file, not passed on to other programs, and closed with the object") {
    const auto before = OpenFiles();
    auto socket = Open();
    std::vector<int> added;
    for (const int file : OpenFiles()) {
      if (!before.contains(file)) added.push_back(file);
    }
    REQUIRE(added.size() == 1);
    CHECK((::fcntl(added.front(), F_GETFD) & FD_CLOEXEC) != 0);
    socket.reset();
    CHECK_FALSE(IsOpen(added.front()));
  }
}

TEST_SUITE("file descriptor") {
  TEST_CASE("a descriptor is closed with its owner") {
    const int fd = OpenSomething();
    {
      const UniqueFd owner(fd);
      CHECK(owner.valid());
      CHECK(IsOpen(fd));
    }
    CHECK_FALSE(IsOpen(fd));
  }

  TEST_CASE("a moved descriptor has one owner") {
    const int fd = OpenSomething();
    UniqueFd first(fd);
    UniqueFd second(std::move(first));
    CHECK(second.get() == fd);
    UniqueFd third;
    CHECK_FALSE(third.valid());
    third = std::move(second);
    CHECK(third.get() == fd);
    CHECK(IsOpen(fd));
    UniqueFd& same = third;
    third = std::move(same);
    CHECK(third.get() == fd);
    CHECK(IsOpen(fd));
  }

  TEST_CASE("a descriptor that takes another's place closes it") {
    const int old_fd = OpenSomething();
    const int new_fd = OpenSomething();
    UniqueFd owner(old_fd);
    owner.Reset(new_fd);
    CHECK_FALSE(IsOpen(old_fd));
    CHECK(IsOpen(new_fd));
    owner.Reset();
    CHECK_FALSE(IsOpen(new_fd));
    CHECK_FALSE(owner.valid());
  }
}
