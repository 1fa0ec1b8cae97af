#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "guard.h"
#include "support/status.h"

namespace ipvs::proc {

// Folders whose small text files are of the network namespace of the thread that opens them. The
// order is the number that crosses from JavaScript.
enum class Place : std::uint8_t { kNet, kSettings, kNetSettings };

inline constexpr const char* kPlaceNames[] = {"net", "settings", "netSettings"};
inline constexpr std::size_t kPlaceCount = std::size(kPlaceNames);

const char* FolderOf(Place place);

// More than any file holds that is read whole.
inline constexpr std::size_t kLongestText = std::size_t{4} << 20;

// Whether a name names a file in a folder, and nothing else.
bool IsFileName(std::string_view name);

// Whether a path names a file in a folder or in folders below it, and nothing else.
bool IsFilePath(std::string_view path);

// The whole text of a file of the folder or of one below, however little the kernel gives at a
// time; `text` is empty before.
Status ReadFile(const std::string& folder, const std::string& name, Guard& guard,
                std::string* text);

// Every file of a folder that can be read, by name: `name\tvalue` a line.
Status ReadFolder(const std::string& folder, Guard& guard, std::string* text);

// Writes a value and a line end in one call, as the kernel wants it.
Status WriteFile(const std::string& folder, const std::string& name, const std::string& value,
                 Guard& guard);

}  // namespace ipvs::proc
