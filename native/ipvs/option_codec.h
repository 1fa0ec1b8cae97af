#pragma once

#include <cstdint>

#include "ipvs/option_layouts.h"
#include "records.h"

// Between records and what the socket options carry.

namespace ipvs {

// What names the service; a mark has the protocol that netlink gives its services.
ServiceOption IdentityOption(const ServiceRecord& service);
// All of the service but its flags.
ServiceOption WholeOption(const ServiceRecord& service);
DestinationOption ToOption(const DestinationRecord& destination);
TimeoutsOption ToOption(const TimeoutsRecord& timeouts);
DaemonOption ToOption(const DaemonRecord& daemon);

ObservedServiceRecord ToRecord(const ServiceEntry& entry);
ObservedDestinationRecord ToRecord(const DestinationEntry& entry);
TimeoutsRecord ToRecord(const TimeoutsOption& timeouts);
DaemonRecord ToRecord(const DaemonOption& daemon);

// The flags that a service has when those of `mask` are taken from `flags` and the others stay.
// The kernel's own mark of a service in its table is never among them.
std::uint32_t MergeFlags(std::uint32_t before, std::uint32_t flags, std::uint32_t mask);

}  // namespace ipvs
