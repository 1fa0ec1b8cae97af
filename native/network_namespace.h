#pragma once

#include <string>

#include "support/status.h"

namespace ipvs {

// Moves the calling thread, and no other, into the network namespace of a path.
Status EnterNamespace(const std::string& path);

// Moves the calling thread, and no other, into a new network namespace, whose loopback is up:
// without an address of its own it would take no IPv4 destination. It is gone when the thread and
// its sockets are.
Status EnterFreshNamespace();

}  // namespace ipvs
