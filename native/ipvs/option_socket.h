#pragma once

#include <memory>
#include <utility>

#include "ipvs/option_channel.h"
#include "support/unique_fd.h"

namespace ipvs {

// A socket in the network namespace of the thread that opens it. It carries no packet: its options
// are all that is used of it.
class OptionSocket final : public OptionChannel {
 public:
  // Nothing and an errno on failure.
  static std::unique_ptr<OptionSocket> Open(int* error);

  int Set(int option, std::span<const std::byte> value) override;
  int Get(int option, std::span<std::byte> value) override;

 private:
  explicit OptionSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace ipvs
