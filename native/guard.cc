#include "guard.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace ipvs {

int Guard::Prepare() {
  interrupt_.Reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  return interrupt_.valid() ? 0 : errno;
}

void Guard::Stop() {
  if (stopping_.exchange(true)) return;
  const std::uint64_t one = 1;
  // It is a counter far from full, so the write cannot fail.
  [[maybe_unused]] const ssize_t written = ::write(interrupt_.get(), &one, sizeof one);
}

}  // namespace ipvs
