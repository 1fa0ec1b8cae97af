#include "network_namespace.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include "support/thread.h"
#include "support/unique_fd.h"

namespace ipvs {

namespace {

// 0 where a path leads to a namespace, of whatever type, else an errno. Nothing is opened for it:
// that alone does something to devices, and to who waits at a named pipe.
int CheckNamespaceFile(const std::string& path) {
  struct statfs file_system;
  if (::statfs(path.c_str(), &file_system) != 0) return errno;
  return file_system.f_type == NSFS_MAGIC ? 0 : EINVAL;
}

}  // namespace

Status EnterNamespace(const std::string& path) {
  if (const int error = CheckNamespaceFile(path); error != 0) {
    return Status::Failure(Source::kNamespace, error);
  }
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid() || ::setns(fd.get(), CLONE_NEWNET) != 0) {
    return Status::Failure(Source::kNamespace, errno);
  }
  return Status::Ok();
}

Status EnterFreshNamespace() {
  if (::unshare(CLONE_NEWNET) != 0) return Status::Failure(Source::kNamespace, errno);
  const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", sizeof "lo");
  request.ifr_flags = IFF_UP;
  if (!fd.valid() || ::ioctl(fd.get(), SIOCSIFFLAGS, &request) != 0) {
    return Status::Failure(Source::kNamespace, errno);
  }
  return Status::Ok();
}

namespace {

struct Visit {
  const std::string& path;
  const std::function<void()>& body;
  Status status;
};

void* Run(void* argument) {
  auto* visit = static_cast<Visit*>(argument);
  visit->status = EnterNamespace(visit->path);
  if (visit->status.ok()) visit->body();
  return nullptr;
}

}  // namespace

Status RunInNamespace(const std::string& path, const std::function<void()>& body) {
  Visit visit{path, body, {}};
  pthread_t thread;
  if (const int error = StartThread(&thread, Run, &visit); error != 0) {
    return Status::Failure(Source::kThread, error);
  }
  ::pthread_join(thread, nullptr);
  return visit.status;
}

int ThreadNumber() {
  // It leads to PID/task/TID.
  std::array<char, 64> target{};
  const ssize_t length = ::readlink("/proc/thread-self", target.data(), target.size());
  if (length <= 0) return 0;
  const std::string_view text(target.data(), static_cast<std::size_t>(length));
  const std::string_view last = text.substr(text.rfind('/') + 1);
  int number = 0;
  std::from_chars(last.data(), last.data() + last.size(), number);
  return number;
}

std::string NamespacePathOfThread(int thread) {
  return "/proc/self/task/" + std::to_string(thread) + "/ns/net";
}

}  // namespace ipvs
