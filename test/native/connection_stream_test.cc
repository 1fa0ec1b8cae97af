#include "proc/connection_stream.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "connection_lines.h"
#include "guard.h"
#include "print.h"
#include "process.h"

namespace {

using ipvs::ConnectionFilterRecord;
using ipvs::ConnectionRecord;
using ipvs::ConnectionStream;
using ipvs::Guard;
using ipvs::Source;
using ipvs::Status;
using ipvs::Table;

const Status kCancelled = Status::Failure(Source::kCancelled, ECANCELED);

// A file, gone with the object.
class File {
 public:
  explicit File(std::string_view content) {
    std::ofstream stream(path_, std::ios::binary);
    stream << content;
    REQUIRE(stream.good());
  }
  ~File() { ::unlink(path_.c_str()); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  const std::string& path() const { return path_; }

 private:
  static std::string NewPath() {
    static std::atomic<int> number = 0;
    return std::filesystem::temp_directory_path() /
           ("ipvs-connections-" + std::to_string(::getpid()) + '-' + std::to_string(++number));
  }

  std::string path_ = NewPath();
};

Guard& Unhindered() {
  static Guard guard;
  return guard;
}

// What a stream has given until it ended or failed.
struct Read {
  std::vector<std::uint16_t> client_ports;
  std::size_t skipped = 0;
  std::size_t parts = 0;
  std::size_t largest = 0;
  Status status;
};

Read ReadAll(ConnectionStream& stream, Guard& guard = Unhindered()) {
  Read read;
  for (bool ended = false; !ended && read.status.ok();) {
    Table table;
    read.status = stream.Next(guard, table, &ended);
    ++read.parts;
    read.skipped += table.skipped();
    for (const Table::Chunk& chunk : table.chunks()) {
      read.largest = std::max(read.largest, chunk.count);
      for (std::size_t index = 0; index < chunk.count; ++index) {
        ConnectionRecord record;
        std::memcpy(&record, chunk.records.data() + index * sizeof record, sizeof record);
        read.client_ports.push_back(record.client_port);
      }
    }
  }
  return read;
}

Read ReadAll(std::string_view content, const ConnectionFilterRecord& filter = {}) {
  const File file(content);
  ConnectionStream stream(file.path(), filter);
  return ReadAll(stream);
}

std::string Hex(std::uint16_t number) {
  char text[5];
  std::snprintf(text, sizeof text, "%04X", number);
  return text;
}

std::string LineOf(std::uint16_t client_port) {
  return "TCP 0A000001 " + Hex(client_port) + " 0A090001 0050 0A010001 1F90 ESTABLISHED     299\n";
}

std::string Lines(std::size_t count) {
  std::string text = std::string(kHeader) + '\n';
  for (std::size_t index = 1; index <= count; ++index) {
    text += LineOf(static_cast<std::uint16_t>(index));
  }
  return text;
}

std::vector<std::uint16_t> UpTo(std::size_t count) {
  std::vector<std::uint16_t> numbers;
  for (std::size_t index = 1; index <= count; ++index) {
    numbers.push_back(static_cast<std::uint16_t>(index));
  }
  return numbers;
}

}  // namespace

TEST_SUITE("connection stream") {
  TEST_CASE("every connection of the file is given, in its order") {
    const auto read = ReadAll(std::string(kHeader) + '\n' + std::string(kLine4) + '\n' +
                              std::string(kLine6) + '\n' + std::string(kEngineLine) + '\n');
    CHECK(read.status.ok());
    CHECK(read.client_ports == std::vector<std::uint16_t>{1'000, 47'716, 0});
    CHECK(read.skipped == 0);
  }

  TEST_CASE("the other file is known by its first line") {
    const File file(std::string(kSyncedHeader) + '\n' + std::string(kSyncedLine) + '\n');
    ConnectionStream stream(file.path(), {});
    Table table;
    bool ended = false;
    REQUIRE(stream.Next(Unhindered(), table, &ended).ok());
    REQUIRE(table.chunks().size() == 1);
    ConnectionRecord record;
    std::memcpy(&record, table.chunks().front().records.data(), sizeof record);
    CHECK(record.origin == ipvs::kOriginSync);
    CHECK(record.expires == 299);
    CHECK(ended);
  }

  TEST_CASE("a file with no connections ends at once") {
    const auto read = ReadAll(std::string(kHeader) + '\n');
    CHECK(read.status.ok());
    CHECK(read.client_ports.empty());
    CHECK(read.parts == 1);
  }

  TEST_CASE("no part is larger than a chunk, and nothing is lost between parts") {
    for (const int count : {1, 2'047, 2'048, 2'049, 4'096, 10'000}) {
      const auto read = ReadAll(Lines(static_cast<std::size_t>(count)));
      CHECK(read.status.ok());
      CHECK(read.client_ports == UpTo(static_cast<std::size_t>(count)));
      CHECK(read.largest <= Table::kChunk);
    }
  }

  TEST_CASE("only what is wanted is given") {
    ConnectionFilterRecord filter{};
    filter.by_protocol = 1;
    filter.protocol = 17;
    const auto read = ReadAll(Lines(5'000) + std::string(kLine6) + '\n' + LineOf(7), filter);
    CHECK(read.status.ok());
    CHECK(read.client_ports == std::vector<std::uint16_t>{47'716});
    CHECK(read.skipped == 0);
  }

  TEST_CASE("what comes again is given again, unless it is to be unique") {
    const std::string text = Lines(3) + LineOf(2) + LineOf(4) + LineOf(1);
    CHECK(ReadAll(text).client_ports == std::vector<std::uint16_t>{1, 2, 3, 2, 4, 1});
    ConnectionFilterRecord filter{};
    filter.unique = 1;
    CHECK(ReadAll(text, filter).client_ports == UpTo(4));
    // Also in another part.
    const auto twice = ReadAll(Lines(5'000) + Lines(5'000).substr(kHeader.size() + 1), filter);
    CHECK(twice.client_ports == UpTo(5'000));
  }

  TEST_CASE("a line that cannot be read is left out and counted") {
    const auto read = ReadAll(Lines(2) + "what is this\n\n" + LineOf(3) + "UDP 0A00\n" +
                              std::string(100'000, 'x') + '\n' + LineOf(4));
    CHECK(read.status.ok());
    CHECK(read.client_ports == UpTo(4));
    CHECK(read.skipped == 4);
  }

  TEST_CASE("lines left out are counted once, in whichever part they are") {
    std::string text = std::string(kHeader) + '\n';
    for (std::uint16_t port = 1; port <= 6'000; ++port) text += LineOf(port) + "no line\n";
    const auto read = ReadAll(text);
    CHECK(read.client_ports == UpTo(6'000));
    CHECK(read.skipped == 6'000);
    CHECK(read.parts >= 3);
  }

  TEST_CASE("of a file that ends anywhere, the whole lines are given and no part of one") {
    const std::string text = Lines(2);
    const std::size_t header = text.find('\n') + 1;
    const std::size_t first = text.find('\n', header) + 1;
    for (std::size_t size = 0; size <= text.size(); ++size) {
      CAPTURE(size);
      const auto read = ReadAll(text.substr(0, size));
      CHECK(read.status.ok() == (size >= header));
      const std::uint16_t whole = size == text.size() ? 2 : size >= first ? 1 : 0;
      CHECK(read.client_ports == UpTo(whole));
      const bool cut = size != header && size != first && size != text.size();
      CHECK(read.skipped == (size > header && cut ? 1 : 0));
    }
  }

  TEST_CASE("a newer kernel's columns at the end do not matter") {
    const std::string line = LineOf(1);
    const auto read =
        ReadAll(std::string(kHeader) + " Mark\n" + line.substr(0, line.size() - 1) + " 00000007\n");
    CHECK(read.client_ports == UpTo(1));
    CHECK(read.skipped == 0);
  }

  TEST_CASE("a file that is none of connections is refused as a whole") {
    for (const std::string& text : {std::string(), std::string("\n"), LineOf(1),
                                    "IP Virtual Server version 1.2.1 (size=4096)\n" + LineOf(1)}) {
      const auto read = ReadAll(text);
      CHECK(read.status.source == Source::kMalformed);
      CHECK(read.status.error == EBADMSG);
      CHECK(read.client_ports.empty());
    }
  }

  TEST_CASE("a file that is not there or cannot be read is said to be so, with its path") {
    for (const auto& [path, error] :
         {std::pair("/nonexistent/ip_vs_conn", ENOENT), std::pair("/", EISDIR)}) {
      ConnectionStream stream(path, {});
      CHECK(ReadAll(stream).status == Status::Failure(Source::kFile, error, path));
      // It stays at that.
      CHECK(ReadAll(stream).status == kCancelled);
    }
  }

  TEST_CASE("the file is opened by the first part, and closed at the end or by a failure") {
    const auto before = OpenFiles();
    const File file(Lines(3'000));
    ConnectionStream stream(file.path(), {});
    CHECK(OpenFiles() == before);
    Table table;
    bool ended = false;
    REQUIRE(stream.Next(Unhindered(), table, &ended).ok());
    CHECK_FALSE(ended);
    CHECK(OpenFiles().size() == before.size() + 1);
    CHECK(ReadAll(stream).status.ok());
    CHECK(OpenFiles() == before);

    const File none("no connections\n");
    ConnectionStream failing(none.path(), {});
    CHECK_FALSE(ReadAll(failing).status.ok());
    CHECK(OpenFiles() == before);
  }

  TEST_CASE("closing closes the file at once, and nothing comes any more") {
    const auto before = OpenFiles();
    const File file(Lines(3'000));
    ConnectionStream stream(file.path(), {});
    Table table;
    bool ended = false;
    REQUIRE(stream.Next(Unhindered(), table, &ended).ok());
    stream.Close();
    CHECK(OpenFiles() == before);
    stream.Close();
    CHECK(ReadAll(stream).status == kCancelled);
    CHECK(OpenFiles() == before);

    ConnectionStream never(file.path(), {});
    never.Close();
    CHECK(ReadAll(never).status == kCancelled);
    CHECK(OpenFiles() == before);
  }

  TEST_CASE("a stream that is forgotten leaves no file open") {
    const auto before = OpenFiles();
    const File file(Lines(3'000));
    {
      ConnectionStream stream(file.path(), {});
      Table table;
      bool ended = false;
      REQUIRE(stream.Next(Unhindered(), table, &ended).ok());
    }
    CHECK(OpenFiles() == before);
  }

  TEST_CASE("a thread that is to end reads no further") {
    const File file(Lines(3'000));
    Guard guard;
    REQUIRE(guard.Prepare() == 0);
    ConnectionStream stream(file.path(), {});
    Table table;
    bool ended = false;
    REQUIRE(stream.Next(guard, table, &ended).ok());
    CHECK(guard.progress() > 0);
    guard.Stop();
    ConnectionStream fresh(file.path(), {});
    const Status closed = Status::Failure(Source::kClosed, ECANCELED);
    CHECK(ReadAll(fresh, guard).status == closed);
    CHECK(ReadAll(stream, guard).status == closed);
  }

  TEST_CASE("a part does not take long, however slow the file is and however little is wanted") {
    const std::string path =
        std::filesystem::temp_directory_path() / ("ipvs-slow-" + std::to_string(::getpid()));
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    Guard guard;
    constexpr std::uint32_t kReads = 40;
    std::thread writer([&] {
      const ipvs::UniqueFd fifo(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
      for (std::uint32_t count = 0; count < kReads; ++count) {
        // Each read is given one line, and takes three milliseconds at least.
        CHECK(Eventually([&] { return guard.progress() > count; }));
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
        const std::string text = count == 0 ? std::string(kHeader) + '\n' : LineOf(1);
        CHECK(::write(fifo.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
      }
    });
    ConnectionFilterRecord filter{};
    filter.skip_others = 1;
    ConnectionStream stream(path, filter);
    const auto read = ReadAll(stream, guard);
    writer.join();
    ::unlink(path.c_str());
    CHECK(read.status.ok());
    CHECK(read.client_ports.empty());
    // After ten milliseconds, which is four reads at most, a part is over.
    CHECK(read.parts >= kReads / 4);
  }

  TEST_CASE("a stream is closed by one thread while another reads it, and no file is left") {
    const auto before = OpenFiles();
    const File file(Lines(20'000));
    for (int round = 0; round < 300; ++round) {
      ConnectionStream stream(file.path(), {});
      std::atomic<bool> reading = false;
      std::thread reader([&] {
        reading = true;
        const auto read = ReadAll(stream);
        CHECK((read.status.ok() || read.status == kCancelled));
      });
      while (!reading) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::microseconds(round * 5));
      stream.Close();
      reader.join();
      CHECK(OpenFiles() == before);
    }
  }
}
