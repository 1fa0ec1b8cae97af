#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ipvs {

// Cuts what comes in pieces of any size into lines.
class LineReader {
 public:
  // A line that is as long as that or longer is left out.
  explicit LineReader(std::size_t capacity) : buffer_(capacity) {}

  // The next whole line, without its end. Valid until there is `Room` for more.
  std::optional<std::string_view> Next();

  // Where the next piece goes, once there is no further line; never empty.
  std::span<char> Room();
  void Filled(std::size_t size) { end_ += size; }
  // Nothing comes any more: what is left was cut off, and is left out.
  void End();

  // How many lines were too long or cut off.
  std::size_t skipped() const { return skipped_; }

 private:
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what has not been taken
  std::size_t end_ = 0;
  bool too_long_ = false;  // the line at hand, whose beginning is gone
  std::size_t skipped_ = 0;
};

}  // namespace ipvs
