#pragma once

#include <cstddef>
#include <string>

#include "records.h"
#include "wire.h"

// What is worked on: always the same, and mixed as a large table is. Each is number `index` of its
// kind.

namespace inputs {

// Requests that add a service, and a destination to one.
ipvs::RequestRecord AddService(std::size_t index);
ipvs::RequestRecord AddDestination(std::size_t index);

// The attributes of the kernel's answers.
wire::Bytes ServiceAnswer(std::size_t index);
wire::Bytes DestinationAnswer(std::size_t index);

// The file of connections, its first line included.
std::string ConnectionFile(std::size_t connections);

}  // namespace inputs
