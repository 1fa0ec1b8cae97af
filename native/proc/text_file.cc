#include "proc/text_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>
#include <vector>

#include "support/unique_fd.h"

namespace ipvs::proc {

namespace {

constexpr std::size_t kStep = std::size_t{64} << 10;

Status Failure(int error) { return Status::Failure(Source::kFile, error); }

Status Open(const std::string& folder, const std::string& name, int flags, Guard& guard,
            UniqueFd* file) {
  if (guard.stopping()) return Status::Failure(Source::kClosed, ECANCELED);
  if (!IsFilePath(name)) return Failure(EINVAL);
  guard.Count();
  file->Reset(::open((folder + '/' + name).c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  return file->valid() ? Status::Ok() : Failure(errno);
}

// The names of the plain files in a folder, sorted.
Status ListFiles(const std::string& folder, std::vector<std::string>* names) {
  const auto close = [](DIR* directory) { ::closedir(directory); };
  const std::unique_ptr<DIR, decltype(close)> directory(::opendir(folder.c_str()), close);
  if (!directory) return Failure(errno);
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_type == DT_REG) names->emplace_back(entry->d_name);
  }
  if (errno != 0) return Failure(errno);
  std::sort(names->begin(), names->end());
  return Status::Ok();
}

void AppendLine(const std::string& name, std::string value, std::string* text) {
  while (!value.empty() && value.back() == '\n') value.pop_back();
  std::replace(value.begin(), value.end(), '\n', ' ');
  *text += name + '\t' + value + '\n';
}

}  // namespace

const char* FolderOf(Place place) {
  switch (place) {
    case Place::kNet: return "/proc/thread-self/net";
    case Place::kSettings: return "/proc/sys/net/ipv4/vs";
    case Place::kNetSettings: return "/proc/sys/net";
  }
  return "";
}

bool IsFileName(std::string_view name) {
  return !name.empty() && name.size() <= NAME_MAX && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

bool IsFilePath(std::string_view path) {
  for (;;) {
    const std::size_t end = path.find('/');
    if (!IsFileName(path.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    path.remove_prefix(end + 1);
  }
}

Status ReadFile(const std::string& folder, const std::string& name, Guard& guard,
                std::string* text) {
  UniqueFd file;
  if (auto status = Open(folder, name, O_RDONLY, guard, &file); !status.ok()) return status;
  for (;;) {
    if (guard.stopping()) return Status::Failure(Source::kClosed, ECANCELED);
    const std::size_t size = text->size();
    text->resize(size + kStep);
    const ssize_t count = ::read(file.get(), text->data() + size, kStep);
    const int error = errno;
    guard.Count();
    text->resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0) return Failure(error);
    if (count == 0) return Status::Ok();
    if (text->size() > kLongestText) return Failure(EFBIG);
  }
}

Status ReadFolder(const std::string& folder, Guard& guard, std::string* text) {
  std::vector<std::string> names;
  if (auto status = ListFiles(folder, &names); !status.ok()) return status;
  for (const std::string& name : names) {
    std::string value;
    auto status = ReadFile(folder, name, guard, &value);
    // It went away in the meantime, with its module, or is not for us.
    if (status.error == ENOENT || status.error == EACCES || status.error == EPERM) continue;
    if (!status.ok()) return status;
    AppendLine(name, std::move(value), text);
  }
  return Status::Ok();
}

Status WriteFile(const std::string& folder, const std::string& name, const std::string& value,
                 Guard& guard) {
  UniqueFd file;
  if (auto status = Open(folder, name, O_WRONLY, guard, &file); !status.ok()) return status;
  const std::string line = value + '\n';
  const ssize_t written = ::write(file.get(), line.data(), line.size());
  const int error = errno;
  guard.Count();
  if (written < 0) return Failure(error);
  // Of what it takes only the beginning, the rest was no part of a value.
  return static_cast<std::size_t>(written) == line.size() ? Status::Ok() : Failure(EINVAL);
}

}  // namespace ipvs::proc
