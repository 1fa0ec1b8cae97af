#include "proc/line_reader.h"

#include <cstring>
#include <utility>

namespace ipvs {

std::optional<std::string_view> LineReader::Next() {
  while (begin_ < end_) {
    const std::string_view rest(buffer_.data() + begin_, end_ - begin_);
    const std::size_t size = rest.find('\n');
    if (size == std::string_view::npos) return std::nullopt;
    begin_ += size + 1;
    if (!std::exchange(too_long_, false)) return rest.substr(0, size);
    ++skipped_;
  }
  return std::nullopt;
}

std::span<char> LineReader::Room() {
  end_ -= begin_;
  if (begin_ != 0) std::memmove(buffer_.data(), buffer_.data() + begin_, end_);
  begin_ = 0;
  if (end_ == buffer_.size()) {
    too_long_ = true;
    end_ = 0;
  }
  return std::span(buffer_).subspan(end_);
}

void LineReader::End() {
  if (begin_ < end_ || too_long_) ++skipped_;
  begin_ = end_;
  too_long_ = false;
}

}  // namespace ipvs
