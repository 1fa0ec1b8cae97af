#pragma once

#include <functional>
#include <string>

#include "support/status.h"

namespace ipvs {

// Moves the calling thread, and no other, into the network namespace of a path.
Status EnterNamespace(const std::string& path);

// Moves the calling thread, and no other, into a new network namespace, whose loopback is up:
// without an address of its own it would take no IPv4 destination. It is gone when the thread and
// its sockets are.
Status EnterFreshNamespace();

// Runs something in the network namespace of a path, on a thread that is over when this returns.
Status RunInNamespace(const std::string& path, const std::function<void()>& body);

// The number of the calling thread in /proc, which can be that of another pid namespace; 0 where
// there is no /proc.
int ThreadNumber();

// The network namespace that a thread of this process is in, by its number in /proc.
std::string NamespacePathOfThread(int thread);

}  // namespace ipvs
