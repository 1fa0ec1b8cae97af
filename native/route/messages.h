#pragma once

#include <cstdint>

#include "netlink/message.h"
#include "records.h"
#include "support/status.h"

// The messages of rtnetlink that are about devices and the addresses on them.

namespace ipvs {

// Appends a request to do something: a RouteCommand about the device, or about the address in the
// record and the device of its index.
Status AppendRouteRequest(netlink::MessageBatch& batch, std::uint32_t command,
                          const DeviceRecord& device);

// Each of these appends a question. A device is asked for by its name, or one of its other names.
Status AppendDeviceQuestion(netlink::MessageBatch& batch, const char (&name)[kDeviceSize]);
Status AppendDevicesQuestion(netlink::MessageBatch& batch);
// Asks for the addresses of all devices, always. A kernel that checks strictly could be asked for
// those of one, but in such an answer it does not mark that they changed meanwhile.
Status AppendAddressesQuestion(netlink::MessageBatch& batch);

// These read one answer. Attributes they do not know are passed over.
Status DecodeDevice(const netlink::Message& message, DeviceRecord& device);
// `device` says on which device by its index alone: the label that the kernel gives is no name. Its
// family stays 0 when the answer is about neither IPv4 nor IPv6.
Status DecodeAddress(const netlink::Message& message, DeviceRecord& device);

}  // namespace ipvs
