#include "proc/connection_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>

#include "proc/connection_filter.h"

namespace ipvs {

namespace {

using Clock = std::chrono::steady_clock;

// How long one `Next` keeps others waiting. Of a long table some kernels take that for a few lines.
constexpr std::chrono::milliseconds kTurn{10};

// The kernel gives a page at a time, in whole lines.
constexpr std::size_t kLineBuffer = 32 << 10;

}  // namespace

ConnectionStream::ConnectionStream(std::string path, const ConnectionFilterRecord& filter)
    : path_(std::move(path)), filter_(filter), lines_(kLineBuffer) {
  if (filter_.unique != 0) seen_.emplace();
}

Status ConnectionStream::Next(Guard& guard, Table& table, bool* ended) {
  Phase phase = Phase::kIdle;
  if (!phase_.compare_exchange_strong(phase, Phase::kReading)) {
    return Status::Failure(Source::kCancelled, ECANCELED);
  }
  Status status = Read(guard, table, ended);
  const bool over = !status.ok() || *ended;
  phase = Phase::kReading;
  if (!phase_.compare_exchange_strong(phase, over ? Phase::kClosed : Phase::kIdle) || over) {
    file_.Reset();
  }
  // Here, and not on the thread where the stream is collected.
  if (over) seen_.reset();
  return status;
}

void ConnectionStream::Close() {
  if (phase_.exchange(Phase::kClosed) == Phase::kIdle) file_.Reset();
}

Status ConnectionStream::Read(Guard& guard, Table& table, bool* ended) {
  const auto end = Clock::now() + kTurn;
  for (bool late = false;; late = Clock::now() >= end) {
    if (auto status = TakeLines(); !status.ok()) return status;
    if (chunk_.full() || at_end_ || late) break;
    if (guard.stopping()) return Status::Failure(Source::kClosed, ECANCELED);
    if (phase_ == Phase::kClosed) return Status::Failure(Source::kCancelled, ECANCELED);
    guard.Count();
    if (auto status = ReadPiece(); !status.ok()) return status;
  }
  *ended = at_end_ && !chunk_.full();
  if (*ended && !columns_) return Unreadable();
  table.Add(chunk_.Take());
  const std::size_t skipped = skipped_ + lines_.skipped();
  table.Skip(skipped - std::exchange(told_, skipped));
  return Status::Ok();
}

Status ConnectionStream::ReadPiece() {
  if (!file_.valid()) file_.Reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file_.valid()) return Status::Failure(Source::kFile, errno, path_);
  const auto room = lines_.Room();
  const ssize_t size = ::read(file_.get(), room.data(), room.size());
  if (size < 0) return Status::Failure(Source::kFile, errno, path_);
  lines_.Filled(static_cast<std::size_t>(size));
  at_end_ = size == 0;
  if (at_end_) lines_.End();
  return Status::Ok();
}

Status ConnectionStream::TakeLines() {
  while (!chunk_.full()) {
    const auto line = lines_.Next();
    if (!line) break;
    if (columns_) {
      TakeLine(*line);
    } else {
      columns_ = ParseConnectionHeader(*line);
      if (!columns_) return Unreadable();
    }
  }
  return Status::Ok();
}

void ConnectionStream::TakeLine(std::string_view line) {
  ConnectionLine connection;
  if (!ParseConnectionLine(line, *columns_, connection)) {
    ++skipped_;
    return;
  }
  if (!Matches(filter_, connection)) return;
  if (!seen_ || seen_->Add(connection)) chunk_.Add(connection);
}

Status ConnectionStream::Unreadable() const {
  return Status::Failure(Source::kMalformed, EBADMSG,
                         path_ + " does not begin with the columns of connections");
}

}  // namespace ipvs
