#include "proc/seen_connections.h"

#include <sys/random.h>

#include <cstring>

#include "proc/sip_hash.h"

namespace ipvs {

namespace {

constexpr std::size_t kFirstPlaces = 1024;  // a power of two, as all that follow

}  // namespace

SeenConnections::SeenConnections() {
  // Early after boot there may be none; then it is known, which makes nothing wrong.
  [[maybe_unused]] const ssize_t size = ::getrandom(secret_.data(), sizeof secret_, GRND_NONBLOCK);
}

bool SeenConnections::Add(const ConnectionLine& connection) {
  const ConnectionEnd& client = connection.client;
  const ConnectionEnd& virtual_end = connection.virtual_end;
  const Key key{client.address,   virtual_end.address, client.port,
                virtual_end.port, connection.protocol, client.family};
  if (connection.engine.empty()) return AddKey(key);
  return of_engines_.emplace(key, connection.engine_data).second;
}

bool SeenConnections::AddKey(const Key& key) {
  // At most three of four places are taken.
  if (count_ >= places_.size() / 4 * 3) Grow();
  Key& place = Find(key);
  if (place.family != 0) return false;
  place = key;
  ++count_;
  return true;
}

SeenConnections::Key& SeenConnections::Find(const Key& key) {
  std::array<std::uint64_t, sizeof(Key) / sizeof(std::uint64_t)> words;
  static_assert(sizeof words == sizeof key);
  std::memcpy(words.data(), &key, sizeof key);
  const std::size_t mask = places_.size() - 1;
  for (std::size_t index = SipHash(words, secret_);; ++index) {
    Key& place = places_[index & mask];
    if (place.family == 0 || place == key) return place;
  }
}

void SeenConnections::Grow() {
  std::vector<Key> before(places_.empty() ? kFirstPlaces : places_.size() * 2);
  std::swap(before, places_);
  for (const Key& key : before) {
    if (key.family != 0) Find(key) = key;
  }
}

}  // namespace ipvs
