#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

#include "job.h"
#include "proc/connection_chunk.h"
#include "proc/connection_line.h"
#include "proc/line_reader.h"
#include "proc/seen_connections.h"
#include "records.h"
#include "support/unique_fd.h"

namespace ipvs {

// Reads connections from a file, by and by. The file is opened by the first `Next`, on the thread
// and in the network namespace of that, and closed at its end or at the first failure. A line that
// is not one of a connection is left out and counted; a file whose first line does not name the
// columns of connections is refused.
class ConnectionStream final : public Stream {
 public:
  ConnectionStream(std::string path, const ConnectionFilterRecord& filter);

  Status Next(Guard& guard, Table& table, bool* ended) override;
  void Close() override;

 private:
  enum class Phase : std::uint8_t { kIdle, kReading, kClosed };

  Status Read(Guard& guard, Table& table, bool* ended);
  Status ReadPiece();
  // Takes in the lines that are there, up to as many as can be handed over.
  Status TakeLines();
  void TakeLine(std::string_view line);
  Status Unreadable() const;

  const std::string path_;
  const ConnectionFilterRecord filter_;
  // Who finds it idle may use the file; who finds it being read leaves the file to the reader.
  std::atomic<Phase> phase_ = Phase::kIdle;
  UniqueFd file_;
  LineReader lines_;
  std::optional<ConnectionColumns> columns_;
  ConnectionChunk chunk_;
  std::optional<SeenConnections> seen_;  // when they are to be unique
  bool at_end_ = false;                  // of the file
  std::size_t skipped_ = 0;              // lines that could not be read
  std::size_t told_ = 0;                 // how many lines have been said to be left out
};

}  // namespace ipvs
