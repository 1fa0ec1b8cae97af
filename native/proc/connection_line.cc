#include "proc/connection_line.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace ipvs {

namespace {

constexpr std::size_t kIpv4Digits = 8;
constexpr std::size_t kIpv6Characters = 39;  // eight groups of four digits
constexpr std::size_t kPortDigits = 4;

// A template without a destination has this port in its place. Kernels up to 7.0 change the virtual
// port as well, which later ones leave alone; so it tells nothing.
constexpr std::uint16_t kNoPort = 0xffff;

// Takes a line apart at its blanks.
class Columns {
 public:
  explicit Columns(std::string_view line) : rest_(line) {}

  // Empty at the end of the line.
  std::string_view Next() {
    SkipBlanks();
    std::size_t size = 0;
    while (size < rest_.size() && rest_[size] != ' ') ++size;
    return Take(size);
  }
  // The next column when it is of that size, else nothing.
  std::string_view Next(std::size_t size) {
    SkipBlanks();
    const bool fits = rest_.size() > size ? rest_[size] == ' ' : rest_.size() == size;
    return fits ? Take(size) : std::string_view();
  }
  // What comes after the blank behind the last column.
  std::string_view Rest() const { return rest_.substr(std::min<std::size_t>(1, rest_.size())); }

 private:
  // Columns are short: looking at each character is quicker than a search.
  void SkipBlanks() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }
  std::string_view Take(std::size_t size) {
    const std::string_view column = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return column;
  }

  std::string_view rest_;
};

constexpr int HexDigit(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  return -1;
}

constexpr auto kHexDigits = [] {
  std::array<std::int8_t, 256> digits{};
  for (std::size_t each = 0; each < digits.size(); ++each) {
    digits[each] = static_cast<std::int8_t>(HexDigit(static_cast<char>(each)));
  }
  return digits;
}();

// Reads pairs of digits into bytes.
bool ParseBytes(std::string_view digits, std::uint8_t* bytes) {
  for (std::size_t index = 0; index < digits.size(); index += 2) {
    const int high = kHexDigits[static_cast<std::uint8_t>(digits[index])];
    const int low = kHexDigits[static_cast<std::uint8_t>(digits[index + 1])];
    if ((high | low) < 0) return false;
    *bytes++ = static_cast<std::uint8_t>((high << 4) | low);
  }
  return true;
}

bool ParseAddress(Columns& columns, ConnectionEnd& end) {
  end.address = {};
  end.family = AF_INET;
  std::string_view text = columns.Next(kIpv4Digits);
  if (!text.empty()) return ParseBytes(text, end.address.data());
  end.family = AF_INET6;
  text = columns.Next(kIpv6Characters);
  if (text.empty()) return false;
  for (std::size_t group = 0; group < 8; ++group) {
    if (group != 0 && text[group * 5 - 1] != ':') return false;
    if (!ParseBytes(text.substr(group * 5, 4), end.address.data() + group * 2)) return false;
  }
  return true;
}

bool ParseEnd(Columns& columns, ConnectionEnd& end) {
  if (!ParseAddress(columns, end)) return false;
  const std::string_view text = columns.Next(kPortDigits);
  std::uint8_t port[2];
  if (text.empty() || !ParseBytes(text, port)) return false;
  end.port = static_cast<std::uint16_t>((port[0] << 8) | port[1]);
  return true;
}

template <typename T>
bool ParseDecimal(std::string_view text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// The kernel has a name for some, and IP_<number> for all others.
bool ParseProtocol(std::string_view name, std::uint16_t& protocol) {
  struct Named {
    std::string_view name;
    std::uint16_t protocol;
  };
  static constexpr Named kNamed[] = {{"TCP", 6}, {"UDP", 17}, {"SCTP", 132},
                                     {"IP", 0},  {"ICMP", 1}, {"ICMPv6", 58}};
  for (const Named& each : kNamed) {
    if (name != each.name) continue;
    protocol = each.protocol;
    return true;
  }
  return name.starts_with("IP_") && ParseDecimal(name.substr(3), protocol);
}

// The kernel subtracts unsigned numbers, before 4.20: a timer that is overdue has a huge rest. None
// can be set to more than 32 bits of seconds.
bool ParseExpires(std::string_view text, std::uint32_t& expires) {
  std::uint64_t seconds = 0;
  if (!ParseDecimal(text, seconds)) return false;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  expires = seconds > kMost ? 0 : static_cast<std::uint32_t>(seconds);
  return true;
}

std::uint8_t ParseOrigin(std::string_view text) {
  if (text == "LOCAL") return kOriginLocal;
  return text == "SYNC" ? kOriginSync : 0;
}

// A template's states are bits: words with commas between, or NONE.
bool IsTemplateState(std::string_view state) {
  constexpr std::string_view kAssured = "ASSURED";
  return state == "NONE" || state == kAssured ||
         (state.starts_with(kAssured) && state[kAssured.size()] == ',');
}

// What the line does not say but means.
void Interpret(ConnectionLine& connection) {
  connection.is_template = connection.client.port == 0 && IsTemplateState(connection.state);
  connection.invalidated = connection.is_template && connection.destination.port == kNoPort;
  connection.marked = connection.is_template && connection.protocol == 0;
  const AddressBytes& address = connection.virtual_end.address;
  connection.fwmark = connection.marked
                          ? std::uint32_t{address[0]} << 24 | std::uint32_t{address[1]} << 16 |
                                std::uint32_t{address[2]} << 8 | address[3]
                          : 0;
}

std::string_view WithoutBlanksBehind(std::string_view text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

// The engine's name and its data, which is everything up to the columns not known here.
void ParseEngine(Columns& columns, std::size_t extra, ConnectionLine& connection) {
  std::string_view rest = columns.Rest();
  for (; extra > 0; --extra) {
    rest = WithoutBlanksBehind(rest);
    rest = WithoutBlanksBehind(rest.substr(0, rest.rfind(' ') + 1));
  }
  const std::size_t size = rest.find(' ');
  connection.engine = rest.substr(0, size);
  if (size != std::string_view::npos) connection.engine_data = rest.substr(size + 1);
}

}  // namespace

std::optional<ConnectionColumns> ParseConnectionHeader(std::string_view line) {
  Columns columns(line);
  for (const char* name : {"Pro", "FromIP", "FPrt", "ToIP", "TPrt", "DestIP", "DPrt", "State"}) {
    if (columns.Next() != name) return std::nullopt;
  }
  ConnectionColumns found;
  std::string_view name = columns.Next();
  found.origin = name == "Origin";
  if (found.origin) name = columns.Next();
  if (name != "Expires") return std::nullopt;
  name = columns.Next();
  if (name == "PEName" && columns.Next() == "PEData") name = columns.Next();
  for (; !name.empty(); name = columns.Next()) ++found.extra;
  return found;
}

bool ParseConnectionLine(std::string_view line, const ConnectionColumns& known,
                         ConnectionLine& connection) {
  Columns columns(line);
  connection.origin = 0;
  connection.engine = {};
  connection.engine_data = {};
  if (!ParseProtocol(columns.Next(), connection.protocol)) return false;
  if (!ParseEnd(columns, connection.client) || !ParseEnd(columns, connection.virtual_end) ||
      !ParseEnd(columns, connection.destination)) {
    return false;
  }
  if (connection.client.family != connection.virtual_end.family) return false;
  connection.state = columns.Next();
  if (known.origin) connection.origin = ParseOrigin(columns.Next());
  if (!ParseExpires(columns.Next(), connection.expires)) return false;
  if (!known.origin) ParseEngine(columns, known.extra, connection);
  Interpret(connection);
  return true;
}

}  // namespace ipvs
