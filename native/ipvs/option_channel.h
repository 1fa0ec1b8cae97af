#pragma once

#include <cstddef>
#include <span>

namespace ipvs {

// A way to the socket options of the kernel's IPVS. A socket is one; a test's script is another.
class OptionChannel {
 public:
  virtual ~OptionChannel() = default;

  // Each gives an errno, or 0. ECANCELED: nothing is asked any more.
  virtual int Set(int option, std::span<const std::byte> value) = 0;
  // `value` says what is wanted, where the option needs that, and is overwritten with the answer.
  // Its length says how much is wanted. EBADMSG: the answer has another length.
  virtual int Get(int option, std::span<std::byte> value) = 0;
};

}  // namespace ipvs
