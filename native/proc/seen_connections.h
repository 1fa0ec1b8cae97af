#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "proc/connection_line.h"

namespace ipvs {

// The connections seen so far, exactly. It grows with them: about 55 to 110 bytes for each.
class SeenConnections {
 public:
  SeenConnections();

  // False when the connection was there already.
  bool Add(const ConnectionLine& connection);

 private:
  struct Key {
    AddressBytes client;
    AddressBytes virtual_address;
    std::uint16_t client_port;
    std::uint16_t virtual_port;
    std::uint16_t protocol;
    std::uint16_t family;  // 0: the place is free

    auto operator<=>(const Key&) const = default;
  };

  bool AddKey(const Key& key);
  // Where the key is, or the free place for it.
  Key& Find(const Key& key);
  void Grow();

  // In one piece of memory, which is given back in no time.
  std::vector<Key> places_;
  std::size_t count_ = 0;
  // Whoever chooses addresses cannot know it, and so cannot have them meet at one place.
  std::array<std::uint64_t, 2> secret_{};
  // To an engine one client can be many: each call it sees has a template.
  std::set<std::pair<Key, std::string>> of_engines_;
};

}  // namespace ipvs
