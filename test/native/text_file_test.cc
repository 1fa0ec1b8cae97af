#include "proc/text_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "print.h"
#include "process.h"

namespace {

namespace fs = std::filesystem;
using ipvs::Guard;
using ipvs::Source;
using ipvs::Status;
using namespace ipvs::proc;

// A folder of files, gone with the object.
class Folder {
 public:
  Folder() {
    std::string pattern = fs::temp_directory_path() / "ipvs-native-tests-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
    REQUIRE(guard_.Prepare() == 0);
  }
  ~Folder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }
  std::string PathOf(const std::string& name) const { return path_ + '/' + name; }
  Guard& guard() { return guard_; }

  void Put(const std::string& name, const std::string& text) {
    std::ofstream(PathOf(name), std::ios::binary) << text;
  }
  std::string Get(const std::string& name) const {
    std::ifstream file(PathOf(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  Status Read(const std::string& name, std::string* text) {
    return ReadFile(path_, name, guard_, text);
  }
  Status Write(const std::string& name, const std::string& value) {
    return WriteFile(path_, name, value, guard_);
  }

 private:
  std::string path_;
  Guard guard_;
};

// Opens files as an ordinary user as long as it lives, which root can do thread by thread.
class Ordinary {
 public:
  Ordinary() : before_(::setfsuid(65534)) {}
  ~Ordinary() { ::setfsuid(static_cast<uid_t>(before_)); }
  Ordinary(const Ordinary&) = delete;
  Ordinary& operator=(const Ordinary&) = delete;

 private:
  int before_;
};

Status Failure(int error) { return Status::Failure(Source::kFile, error); }
const Status kClosed = Status::Failure(Source::kClosed, ECANCELED);

}  // namespace

TEST_SUITE("text files") {
  TEST_CASE("a name names a file in the folder and nothing else") {
    for (const char* name : {"drop_entry", "ip_vs_stats", "a", "...", ".a"}) {
      CHECK(IsFileName(name));
    }
    CHECK(IsFileName(std::string(255, 'a')));
    for (const char* name : {"", ".", "..", "/", "a/b", "../a", "/etc/passwd", "a/"}) {
      CHECK_FALSE(IsFileName(name));
    }
    CHECK_FALSE(IsFileName(std::string(256, 'a')));
    CHECK_FALSE(IsFileName(std::string_view("a\0b", 3)));
  }

  TEST_CASE("a path leads to a file below the folder and nowhere else") {
    for (const char* path : {"ip_forward", "ipv4/ip_forward", "ipv4/conf/eth0.1/rp_filter"}) {
      CHECK(IsFilePath(path));
    }
    for (const char* path : {"", "/", "/a", "a/", "a//b", "..", "../a", "a/../b", "a/..", "./a"}) {
      CHECK_FALSE(IsFilePath(path));
    }
    CHECK(IsFilePath(std::string(255, 'a') + '/' + std::string(255, 'a')));
    CHECK_FALSE(IsFilePath(std::string(256, 'a') + "/a"));
    CHECK_FALSE(IsFilePath(std::string_view("a/\0b", 4)));
  }

  TEST_CASE("a file in a folder below is read") {
    Folder folder;
    fs::create_directory(folder.PathOf("below"));
    folder.Put("below/file", "text");
    std::string text;
    CHECK(folder.Read("below/file", &text) == Status::Ok());
    CHECK(text == "text");
  }

  TEST_CASE("every place has a folder of its own") {
    CHECK(FolderOf(Place::kNet) == std::string("/proc/thread-self/net"));
    CHECK(FolderOf(Place::kSettings) == std::string("/proc/sys/net/ipv4/vs"));
    CHECK(FolderOf(Place::kNetSettings) == std::string("/proc/sys/net"));
  }

  TEST_CASE("a file is read whole, whatever its size") {
    Folder folder;
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{65'535}, std::size_t{65'536},
          std::size_t{65'537}, std::size_t{1'000'000}, kLongestText}) {
      std::string expected(size, '\0');
      std::size_t place = 0;
      std::generate(expected.begin(), expected.end(),
                    [&] { return static_cast<char>(place++ * 7 % 251); });
      folder.Put("file", expected);
      std::string text;
      CHECK(folder.Read("file", &text) == Status::Ok());
      CHECK(text == expected);
    }
  }

  TEST_CASE("a file of which the kernel gives a little at a time is read whole") {
    Folder folder;
    std::string text;
    CHECK(ReadFile("/proc/self", "smaps", folder.guard(), &text) == Status::Ok());
    CHECK(text.size() > 4096);
    CHECK(text.back() == '\n');
  }

  TEST_CASE("a file without end is given up") {
    Folder folder;
    std::string text;
    CHECK(ReadFile("/dev", "zero", folder.guard(), &text) == Failure(EFBIG));
    folder.Put("file", std::string(kLongestText + 1, 'a'));
    text.clear();
    CHECK(folder.Read("file", &text) == Failure(EFBIG));
  }

  TEST_CASE("what cannot be opened is said to be so") {
    Folder folder;
    std::string text;
    CHECK(folder.Read("missing", &text) == Failure(ENOENT));
    CHECK(folder.Write("missing", "1") == Failure(ENOENT));
    CHECK_FALSE(fs::exists(folder.PathOf("missing")));
    CHECK(folder.Read("../file", &text) == Failure(EINVAL));
    CHECK(folder.Write("", "1") == Failure(EINVAL));
    CHECK(text.empty());
    fs::create_directory(folder.PathOf("directory"));
    CHECK(folder.Read("directory", &text) == Failure(EISDIR));
    CHECK(folder.Write("directory", "1") == Failure(EISDIR));
    folder.Put("file", "1\n");
    fs::create_symlink(folder.PathOf("file"), folder.PathOf("link"));
    CHECK(folder.Read("link", &text) == Failure(ELOOP));
    const NoMoreFiles none;
    CHECK(folder.Read("file", &text) == Failure(EMFILE));
  }

  TEST_CASE("a named pipe keeps no one waiting") {
    Folder folder;
    REQUIRE(::mkfifo(folder.PathOf("pipe").c_str(), 0600) == 0);
    std::string text;
    CHECK(folder.Read("pipe", &text) == Status::Ok());
    CHECK(text.empty());
    CHECK(folder.Write("pipe", "1") == Failure(ENXIO));
  }

  TEST_CASE("a value is written with a line end, over what was there") {
    Folder folder;
    folder.Put("file", "");
    CHECK(folder.Write("file", "3 50") == Status::Ok());
    CHECK(folder.Get("file") == "3 50\n");
    // As with the files of the kernel, nothing is cut off: they hold one value.
    CHECK(folder.Write("file", "") == Status::Ok());
    CHECK(folder.Get("file") == "\n 50\n");
  }

  TEST_CASE("what is refused while it is written is said to be so") {
    Folder folder;
    CHECK(WriteFile("/dev", "full", "1", folder.guard()) == Failure(ENOSPC));
  }

  TEST_CASE("a folder is read by name, a line for each file") {
    Folder folder;
    std::string text;
    CHECK(ReadFolder(folder.path(), folder.guard(), &text) == Status::Ok());
    CHECK(text.empty());
    folder.Put("sync_threshold", "3\t50\n");
    folder.Put("am_droprate", "10\n");
    folder.Put("empty", "");
    folder.Put("blank", "\n");
    folder.Put("lines", "1\n2\n\n");
    fs::create_directory(folder.PathOf("directory"));
    fs::create_symlink("/dev/zero", folder.PathOf("link"));
    CHECK(ReadFolder(folder.path(), folder.guard(), &text) == Status::Ok());
    CHECK(text == "am_droprate\t10\nblank\t\nempty\t\nlines\t1 2\nsync_threshold\t3\t50\n");
  }

  TEST_CASE("a folder that is none, or holds what has no end, is said to be so") {
    Folder folder;
    std::string text;
    CHECK(ReadFolder(folder.PathOf("missing"), folder.guard(), &text) == Failure(ENOENT));
    folder.Put("file", "1\n");
    CHECK(ReadFolder(folder.PathOf("file"), folder.guard(), &text) == Failure(ENOTDIR));
    folder.Put("long", std::string(kLongestText + 1, 'a'));
    CHECK(ReadFolder(folder.path(), folder.guard(), &text) == Failure(EFBIG));
  }

  TEST_CASE("what may not be read is left out of a folder") {
    Folder folder;
    folder.Put("open", "1\n");
    folder.Put("shut", "2\n");
    fs::permissions(folder.path(), fs::perms(0755));
    fs::permissions(folder.PathOf("shut"), fs::perms::none);
    std::string text;
    const Ordinary ordinary;
    CHECK(ReadFolder(folder.path(), folder.guard(), &text) == Status::Ok());
    CHECK(text == "open\t1\n");
    CHECK(folder.Read("shut", &text) == Failure(EACCES));
    CHECK(folder.Write("shut", "1") == Failure(EACCES));
  }

  TEST_CASE("a thread that is to end opens nothing") {
    Folder folder;
    folder.Put("file", "1\n");
    folder.guard().Stop();
    std::string text;
    CHECK(folder.Read("file", &text) == kClosed);
    CHECK(folder.Write("file", "2") == kClosed);
    CHECK(ReadFolder(folder.path(), folder.guard(), &text) == kClosed);
    CHECK(folder.Get("file") == "1\n");
  }

  TEST_CASE("each step is counted, and no file stays open") {
    Folder folder;
    folder.Put("file", std::string(200'000, 'a'));
    const std::size_t files = CountOpenFiles();
    std::string text;
    CHECK(folder.Read("file", &text) == Status::Ok());
    CHECK(folder.guard().progress() == 6);  // opened, read four times, and once for the end
    CHECK(folder.Write("file", "1") == Status::Ok());
    CHECK(folder.guard().progress() == 8);
    CHECK(folder.Read("missing", &text) == Failure(ENOENT));
    text.clear();
    CHECK(ReadFolder(folder.path(), folder.guard(), &text) == Status::Ok());
    CHECK(CountOpenFiles() == files);
  }
}
