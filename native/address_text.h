#pragma once

#include <cstdint>
#include <string>

#include "records.h"

namespace ipvs {

// Appends the canonical text of an address: four decimal octets, or RFC 5952, in
// which only an IPv4-mapped address ends in dotted decimals.
void AppendAddress(std::string& text, const AddressBytes& address, std::uint16_t family);

}  // namespace ipvs
