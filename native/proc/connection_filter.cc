#include "proc/connection_filter.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace ipvs {

namespace {

bool MatchesService(const ServiceRecord& service, const ConnectionLine& connection) {
  const ConnectionEnd& end = connection.virtual_end;
  if (service.family != end.family || (service.marked != 0) != connection.marked) return false;
  if (connection.marked) return service.fwmark == connection.fwmark;
  return service.protocol == connection.protocol && service.address == end.address &&
         (service.port == 0 || service.port == end.port);
}

bool InNetwork(const AddressBytes& address, const AddressBytes& network, std::size_t prefix) {
  const std::size_t whole = prefix / 8;
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole),
                  network.begin())) {
    return false;
  }
  const std::size_t bits = prefix % 8;
  return bits == 0 || (address[whole] ^ network[whole]) >> (8 - bits) == 0;
}

bool MatchesClient(const ConnectionFilterRecord& filter, const ConnectionEnd& client) {
  const std::size_t prefix = std::min<std::size_t>(filter.client_prefix, sizeof(AddressBytes) * 8);
  return filter.client_family == client.family && InNetwork(client.address, filter.client, prefix);
}

bool MatchesDestination(const ConnectionFilterRecord& filter, const ConnectionEnd& destination) {
  const DestinationRecord& wanted = filter.destination;
  return wanted.family == destination.family && wanted.address == destination.address &&
         (filter.by_destination_port == 0 || wanted.port == destination.port);
}

}  // namespace

bool Matches(const ConnectionFilterRecord& filter, const ConnectionLine& connection) {
  if (connection.is_template ? filter.skip_templates != 0 : filter.skip_others != 0) return false;
  if (filter.by_protocol != 0 && filter.protocol != connection.protocol) return false;
  if (filter.state[0] != '\0' &&
      connection.state != std::string_view(filter.state, ::strnlen(filter.state, kStateSize))) {
    return false;
  }
  if (filter.service.family != 0 && !MatchesService(filter.service, connection)) return false;
  if (filter.client_family != 0 && !MatchesClient(filter, connection.client)) return false;
  return filter.destination.family == 0 || MatchesDestination(filter, connection.destination);
}

}  // namespace ipvs
