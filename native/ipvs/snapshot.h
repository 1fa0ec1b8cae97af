#pragma once

#include <cstddef>

#include "ipvs/table.h"
#include "records.h"
#include "support/status.h"

namespace ipvs {

// How the last reading of a list went, by which the next is made another way.
struct ListReading {
  std::size_t blocks = 0;  // between two of them the table could change
  bool anew = false;       // over a socket of its own
};

// Where a snapshot comes from.
class SnapshotSource {
 public:
  virtual ~SnapshotSource() = default;

  // One reading of the list of services, added to what is there. What one reading passes over
  // while the table changes, the next does not.
  virtual Status ListServices(ListReading& reading, ObservedServices& services) = 0;
  // A service's destinations, none where it is gone; says in `torn` whether they kept changing.
  virtual Status ListDestinations(const ServiceRecord& service, ObservedDestinations& destinations,
                                  bool* torn) = 0;
  virtual Status FindService(const ServiceRecord& service, bool* there) = 0;
};

// Fills an empty table with every service and its destinations. The kernel reads no two lists at
// one moment: what the list of services says before their destinations are read and after tells
// whether they belong together. Where they do not after three readings, the table is torn.
// A bare one has no texts of destinations.
Status FillSnapshot(SnapshotSource& source, bool bare, Table& table);

}  // namespace ipvs
