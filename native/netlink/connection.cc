#include "netlink/connection.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace ipvs::netlink {

namespace {

// The kernel never makes a dump block larger than 32 KiB.
constexpr std::size_t kBufferSize = std::size_t{64} * 1024;

// How many datagrams are read between two looks at the clock, so that an endless answer ends too.
constexpr std::size_t kDatagramsPerLook = 64;

// What it means that a channel did not send, or did not receive.
Source SendSource(int error) { return error == ECANCELED ? Source::kClosed : Source::kSocket; }

Source ReceiveSource(int error) {
  switch (error) {
    case ETIMEDOUT: return Source::kDeadline;
    case ECANCELED: return Source::kClosed;
    case ENOBUFS: return Source::kLost;
    default: return Source::kSocket;
  }
}

}  // namespace

Connection::Connection(std::unique_ptr<Channel> channel, std::chrono::milliseconds timeout,
                       std::uint32_t first_sequence)
    : channel_(std::move(channel)),
      timeout_(timeout),
      buffer_(kBufferSize),
      next_sequence_(first_sequence) {}

std::vector<Status> Connection::Exchange(MessageBatch& batch, const ReplyHandler& on_reply,
                                         Until until) {
  const std::size_t count = batch.count();
  std::vector<Status> answers(count);
  if (count == 0) return answers;

  const std::uint32_t first = next_sequence_;
  next_sequence_ += static_cast<std::uint32_t>(count);
  batch.Seal(first, until == Until::kAcknowledged);
  if (const int error = channel_->Send(batch.bytes()); error != 0) {
    answers.assign(count, Break(SendSource(error), error));
    return answers;
  }

  // Requests run in order and every failure is answered, so whatever stands before
  // the last answer seen and has none of its own was done.
  std::size_t settled = 0;
  bool overrun = false;
  const auto fail_rest = [&](const Status& status) {
    for (std::size_t index = settled; index < count; ++index) answers[index] = status;
  };

  Deadline deadline(timeout_);
  for (std::size_t look = 1;; ++look) {
    std::span<const std::byte> datagram;
    // After an overrun nothing more comes, and the end of the queue ends the reading.
    const auto status = Receive(&datagram, deadline, overrun ? 1 : look);
    if (!status.ok()) {
      if (status.error == ENOBUFS && !overrun) {
        // What is left in the queue is still read, and nothing is waited for.
        overrun = true;
        deadline = Deadline(std::chrono::milliseconds(0));
        continue;
      }
      fail_rest(overrun ? Status::Failure(Source::kLost, ENOBUFS) : status);
      return answers;
    }
    MessageReader reader(datagram);
    while (const auto message = reader.Next()) {
      if (message->header.nlmsg_pid != channel_->port()) continue;
      const std::size_t index = message->header.nlmsg_seq - first;
      if (index >= count) continue;

      if (message->header.nlmsg_type == NLMSG_ERROR) {
        auto verdict = ReadError(*message);
        if (!verdict) {
          fail_rest(Break(Source::kMalformed, EBADMSG));
          return answers;
        }
        if (verdict->error != 0) {
          answers[index] =
              Status::Failure(Source::kKernel, verdict->error, std::move(verdict->text));
        }
        if (index + 1 == count) return answers;
        settled = std::max(settled, index + 1);
      } else if (message->header.nlmsg_type >= NLMSG_MIN_TYPE) {
        if (auto read = on_reply(index, *message); !read.ok()) answers[index] = std::move(read);
        const bool last = index + 1 == count;
        if (last && until == Until::kAnswered) return answers;
        // The answer of the last request is followed by its acknowledgement.
        settled = std::max(settled, index + (last ? 0 : 1));
      }
    }
    if (reader.malformed()) {
      fail_rest(Break(Source::kMalformed, EBADMSG));
      return answers;
    }
  }
}

Status Connection::Dump(MessageBatch& batch, const EntryHandler& on_entry, std::size_t* blocks) {
  const std::uint32_t sequence = next_sequence_++;
  batch.Seal(sequence, false);
  if (const int error = channel_->Send(batch.bytes()); error != 0) {
    return Break(SendSource(error), error);
  }

  Deadline deadline(timeout_);
  bool interrupted = false;
  std::size_t block = 0;  // the look that brought the entry before
  for (std::size_t look = 1;; ++look) {
    std::span<const std::byte> datagram;
    if (auto status = Receive(&datagram, deadline, look); !status.ok()) return status;
    MessageReader reader(datagram);
    while (const auto message = reader.Next()) {
      if (message->header.nlmsg_pid != channel_->port()) continue;
      if (message->header.nlmsg_seq != sequence) continue;
      interrupted |= (message->header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;

      switch (message->header.nlmsg_type) {
        case NLMSG_ERROR:
        case NLMSG_DONE: {
          const bool done = message->header.nlmsg_type == NLMSG_DONE;
          auto verdict = done ? ReadDone(*message) : ReadError(*message);
          if (!verdict) return Break(Source::kMalformed, EBADMSG);
          if (verdict->error != 0) {
            return Status::Failure(Source::kKernel, verdict->error, std::move(verdict->text));
          }
          if (!done) break;  // a plain acknowledgement; the entries follow
          return interrupted ? Status::Failure(Source::kInterrupted, EINTR) : Status::Ok();
        }
        default:
          if (message->header.nlmsg_type < NLMSG_MIN_TYPE) break;
          if (std::exchange(block, look) != look && blocks != nullptr) ++*blocks;
          if (auto read = on_entry(*message); !read.ok()) {
            broken_ = true;
            return read;
          }
      }
    }
    if (reader.malformed()) return Break(Source::kMalformed, EBADMSG);
  }
}

Status Connection::Receive(std::span<const std::byte>* datagram, Deadline& deadline,
                           std::size_t look) {
  if (look % kDatagramsPerLook == 0 && deadline.Remaining().count() == 0) {
    return Break(Source::kDeadline, ETIMEDOUT);
  }
  const Received received = channel_->Receive(buffer_, deadline);
  if (received.error == 0) {
    if (received.truncated) return Break(Source::kMalformed, EMSGSIZE);
    *datagram = std::span(buffer_).first(received.size);
    return Status::Ok();
  }
  return Break(ReceiveSource(received.error), received.error);
}

Status Connection::Break(Source source, int error) {
  broken_ = true;
  return Status::Failure(source, error);
}

}  // namespace ipvs::netlink
