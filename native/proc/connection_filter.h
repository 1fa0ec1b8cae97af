#pragma once

#include "proc/connection_line.h"
#include "records.h"

namespace ipvs {

// Whether a connection is one of those that are wanted. What is to be unique is not looked at.
bool Matches(const ConnectionFilterRecord& filter, const ConnectionLine& connection);

}  // namespace ipvs
