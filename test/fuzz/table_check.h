#pragma once

#include <algorithm>
#include <cstddef>

#include "check.h"
#include "ipvs/table.h"

namespace fuzz {

inline std::size_t LinesOf(std::string_view text) {
  return 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// JavaScript takes a chunk apart by its count: so many records, and so many lines for each.
template <typename Record>
void CheckChunk(const ipvs::Table::Chunk& chunk, std::size_t lines) {
  Check(chunk.count > 0 && chunk.count <= ipvs::Table::kChunk,
        "a chunk is neither empty nor large");
  Check(chunk.records.size() == chunk.count * sizeof(Record),
        "a chunk has as many records as it says");
  Check(LinesOf(chunk.text) == chunk.count * lines, "a record has its lines, and no other has");
}

template <typename Record>
void CheckTable(ipvs::Table& table, std::size_t count, std::size_t lines) {
  std::size_t found = 0;
  for (const ipvs::Table::Chunk& chunk : table.chunks()) {
    CheckChunk<Record>(chunk, lines);
    found += chunk.count;
  }
  Check(found == count, "a table has the records that were filled in");
}

}  // namespace fuzz
