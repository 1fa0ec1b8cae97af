#pragma once

#include <string>

namespace ipvs {

// What there is beside netlink in the network namespace of the calling thread, a line each: the
// files of IPVS under /proc/net that can be read, as "net/NAME"; "settings" where there are sysctls
// of IPVS; "settings/writable" where they can be written.
std::string DescribeSurroundings();

}  // namespace ipvs
