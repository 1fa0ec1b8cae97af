#include "address_text.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace ipvs {

namespace {

void AppendHex(std::string& text, unsigned value) {
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
  text.append(digits, end);
}

// The digits of an octet, and how many there are.
struct Digits {
  char characters[3];
  std::uint8_t count;
};

constexpr std::array<Digits, 256> kDigits = [] {
  std::array<Digits, 256> all{};
  for (unsigned octet = 0; octet < all.size(); ++octet) {
    Digits& digits = all[octet];
    if (octet >= 100) digits.characters[digits.count++] = static_cast<char>('0' + octet / 100);
    if (octet >= 10) digits.characters[digits.count++] = static_cast<char>('0' + octet / 10 % 10);
    digits.characters[digits.count++] = static_cast<char>('0' + octet % 10);
  }
  return all;
}();

// Appended as a whole: tables have very many addresses.
void AppendOctets(std::string& text, const std::uint8_t* octets) {
  char characters[4 * (sizeof(Digits::characters) + 1)];
  char* end = characters;
  for (int index = 0; index < 4; ++index) {
    const Digits& digits = kDigits[octets[index]];
    std::memcpy(end, digits.characters, sizeof digits.characters);
    end += digits.count;
    *end++ = '.';
  }
  text.append(characters, end - 1);
}

}  // namespace

void AppendAddress(std::string& text, const AddressBytes& address, std::uint16_t family) {
  if (family == AF_INET) {
    AppendOctets(text, address.data());
    return;
  }
  constexpr AddressBytes kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(address.begin(), address.begin() + 12, kMapped.begin())) {
    text += "::ffff:";
    AppendOctets(text, address.data() + 12);
    return;
  }

  std::array<unsigned, 8> groups;
  for (std::size_t index = 0; index < groups.size(); ++index) {
    groups[index] = (unsigned{address[2 * index]} << 8) | address[2 * index + 1];
  }

  // The first of the longest runs of zeros is left out, unless it is a single group.
  std::size_t gap = groups.size();
  std::size_t gap_length = 1;
  for (std::size_t start = 0; start < groups.size();) {
    std::size_t end = start;
    while (end < groups.size() && groups[end] == 0) ++end;
    if (end - start > gap_length) {
      gap = start;
      gap_length = end - start;
    }
    start = std::max(end, start + 1);
  }

  for (std::size_t index = 0; index < groups.size(); ++index) {
    if (index == gap) {
      text += "::";
      index += gap_length - 1;
      continue;
    }
    if (index != 0 && text.back() != ':') text += ':';
    AppendHex(text, groups[index]);
  }
}

}  // namespace ipvs
