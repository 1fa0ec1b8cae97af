#pragma once

#include "ipvs/commands.h"
#include "records.h"
#include "support/status.h"

namespace ipvs {

// Whether the socket options can carry a request; where they cannot, the reason. They know IPv4,
// TCP, UDP and SCTP, and neither persistence engines nor kinds of tunnels. JavaScript refuses the
// same in words of its own, so that nothing is asked of the kernel that it would take for something
// else.
Status CheckLimits(const WriteCommand& command, const RequestRecord& request);

// The same of a service that is only read: the protocol does not matter.
Status CheckServiceRead(const ServiceRecord& service);

}  // namespace ipvs
