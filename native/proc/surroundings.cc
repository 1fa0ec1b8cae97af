#include "proc/surroundings.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

namespace ipvs {

namespace {

// Of this thread: the process itself may be in another network namespace.
constexpr char kNetDirectory[] = "/proc/thread-self/net";
constexpr char kSettingsDirectory[] = "/proc/sys/net/ipv4/vs";
// One of the settings that every kernel has.
constexpr char kSetting[] = "/proc/sys/net/ipv4/vs/drop_entry";

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

bool Allowed(const std::string& path, int mode) {
  return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

}  // namespace

std::string DescribeSurroundings() {
  std::vector<std::string> lines;
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(kNetDirectory));
  while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with("ip_vs")) continue;
    const std::string path = std::string(kNetDirectory) + '/' + entry->d_name;
    if (Allowed(path, R_OK)) lines.push_back("net/" + std::string(name));
  }
  if (Allowed(kSettingsDirectory, R_OK)) lines.push_back("settings");
  if (Allowed(kSetting, W_OK)) lines.push_back("settings/writable");
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

}  // namespace ipvs
