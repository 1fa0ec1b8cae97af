#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ipvs/table.h"
#include "proc/connection_line.h"
#include "records.h"

namespace ipvs {

// Collects connections to hand over together: their records, and the texts that these name by
// number. Addresses and states that come again soon are written once.
class ConnectionChunk {
 public:
  void Add(const ConnectionLine& connection);
  bool full() const { return count_ == Table::kChunk; }
  // What has been added. It is empty then.
  Table::Chunk Take();

 private:
  // An address of which the line is known, in the one place where it can be.
  struct KnownAddress {
    ConnectionEnd end{};
    std::uint16_t line = 0;  // 0: none
  };
  using KnownAddresses = std::array<KnownAddress, 128>;

  struct KnownState {
    std::size_t offset = 0;  // in the text
    std::size_t size = 0;
    std::uint16_t line = 0;
  };

  std::uint16_t AddText(std::string_view text);
  std::uint16_t AddAddress(KnownAddresses& known, const ConnectionEnd& end);
  std::uint16_t AddState(std::string_view state);

  ByteBuffer records_;
  std::size_t count_ = 0;
  std::string text_;
  std::uint16_t lines_ = 1;  // the first is empty
  KnownAddresses clients_{};
  KnownAddresses virtual_addresses_{};
  KnownAddresses destinations_{};
  std::array<KnownState, 16> states_{};
  std::size_t state_count_ = 0;
};

}  // namespace ipvs
