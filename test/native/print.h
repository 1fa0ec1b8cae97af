#pragma once

#include <ostream>

#include "support/status.h"

namespace ipvs {

inline bool operator==(const Status& left, const Status& right) {
  return left.error == right.error && left.source == right.source && left.message == right.message;
}

inline std::ostream& operator<<(std::ostream& out, const Status& status) {
  if (status.ok()) return out << "ok";
  out << kSourceNames[static_cast<std::size_t>(status.source)] << ' ' << status.error;
  return status.message.empty() ? out : out << " \"" << status.message << '"';
}

}  // namespace ipvs
