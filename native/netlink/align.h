#pragma once

#include <cstddef>

namespace ipvs::netlink {

// Where what follows a message or an attribute of this length starts: NLMSG_ALIGN and NLA_ALIGN,
// which mix signed and unsigned, 32 and 64 bits.
constexpr std::size_t Align(std::size_t length) { return (length + 3) & ~std::size_t{3}; }

}  // namespace ipvs::netlink
