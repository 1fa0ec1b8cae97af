#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "records.h"

// The files /proc/net/ip_vs_conn and ip_vs_conn_sync, line by line.

namespace ipvs {

// What the first line says of the others.
struct ConnectionColumns {
  bool origin = false;    // it says where a connection came from, and not its engine
  std::size_t extra = 0;  // columns at the end that are not known here
};

// Nothing when the columns are not those of connections.
std::optional<ConnectionColumns> ParseConnectionHeader(std::string_view line);

struct ConnectionEnd {
  AddressBytes address;
  std::uint16_t family;
  std::uint16_t port;
};

// A connection as its line has it. The texts lie in the line.
struct ConnectionLine {
  ConnectionEnd client;
  ConnectionEnd virtual_end;
  ConnectionEnd destination;
  std::uint16_t protocol;
  std::uint8_t origin;  // kOrigin*; 0 when the line does not say
  bool is_template;
  bool invalidated;  // a template whose destination is gone
  bool marked;       // a template of a mark, which takes the place of the virtual end
  std::uint32_t fwmark;
  std::uint32_t expires;  // seconds
  std::string_view state;
  std::string_view engine;  // empty: none
  std::string_view engine_data;
};

// False when the line is not one of a connection; what `connection` holds is worth nothing then.
bool ParseConnectionLine(std::string_view line, const ConnectionColumns& columns,
                         ConnectionLine& connection);

}  // namespace ipvs
