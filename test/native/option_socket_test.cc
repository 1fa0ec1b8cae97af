#include "ipvs/option_socket.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "ipvs/option_layouts.h"
#include "process.h"

// The real socket, on hosts with and without IPVS and whatever the privilege.

using ipvs::OptionSocket;

TEST_SUITE("option socket") {
  TEST_CASE("an option that no module has is refused, either way") {
    int error = 0;
    const auto socket = OptionSocket::Open(&error);
    REQUIRE(socket);
    std::array<std::byte, 12> value{};
    CHECK(socket->Get(4242, value) == ENOPROTOOPT);
    CHECK(socket->Set(4242, value) == ENOPROTOOPT);
  }

  TEST_CASE("IPVS answers, or says why not") {
    int error = 0;
    const auto socket = OptionSocket::Open(&error);
    REQUIRE(socket);
    std::array<std::byte, 12> value{};
    const int answer = socket->Get(ipvs::option::kInformation, value);
    const bool known = answer == 0 || answer == ENOPROTOOPT || answer == EPERM;
    CHECK_MESSAGE(known, "errno ", answer);
  }

  TEST_CASE("the socket is closed with its object, and no program inherits it") {
    const auto before = OpenFiles();
    {
      int error = 0;
      const auto socket = OptionSocket::Open(&error);
      REQUIRE(socket);
      for (const int file : OpenFiles()) {
        if (!before.contains(file)) CHECK((::fcntl(file, F_GETFD) & FD_CLOEXEC) != 0);
      }
      CHECK(CountOpenFiles() == before.size() + 1);
    }
    CHECK(OpenFiles() == before);
  }

  TEST_CASE("without a file descriptor there is none, and the errno says so") {
    const NoMoreFiles none;
    int error = 0;
    CHECK_FALSE(OptionSocket::Open(&error));
    CHECK(error == EMFILE);
  }
}
