#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "guard.h"
#include "ipvs/table.h"
#include "proc/text_file.h"
#include "records.h"
#include "support/pooled.h"
#include "support/status.h"

namespace ipvs {

// Something that is closed with its handle.
class Closable {
 public:
  virtual ~Closable() = default;
  virtual void Close() = 0;
};

// Something long that is read bit by bit, on the thread of the handle.
class Stream : public Closable {
 public:
  // Reads on until there is enough to hand over, or the end, and says in `ended` which it was. What
  // was read is also handed over, be it nothing, when it has taken some milliseconds: others wait.
  virtual Status Next(Guard& guard, Table& table, bool* ended) = 0;

  // Lets go of what is read, at once or when the `Next` that is running sees it. From any thread.
  void Close() override = 0;
};

// A file of a few lines, or a folder of them.
struct FileRequest {
  proc::Place place = proc::Place::kNet;
  std::string name;
  std::string value;  // what to write
};

// Work for the thread of a handle.
struct Job {
  enum class Kind : std::uint8_t {
    kExecute,
    kRead,
    kReadStream,
    kReadFile,
    kReadFolder,
    kWriteFile
  };

  std::uint32_t key = 0;     // the handle's own number for it
  std::uint32_t ticket = 0;  // the number JavaScript gave it, to cancel by
  Kind kind = Kind::kExecute;
  TableKind table_kind = TableKind::kInfo;  // what to read
  std::shared_ptr<Stream> stream;           // what to read on
  FileRequest file;                         // what to read or write
  // What to execute; one when something is read, where it names the service of a table.
  PooledVector<RequestRecord> requests;

  // Filled by the thread.
  std::vector<Status> outcomes;  // one for each request; empty when all is well
  Table table;
  bool ended = false;  // of a stream
};

}  // namespace ipvs
