#include "records.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "ipvs/commands.h"
#include "ipvs/table.h"
#include "print.h"
#include "support/status.h"

namespace {

using ipvs::FieldLayout;
using ipvs::FieldType;
using ipvs::RecordLayout;
using ipvs::RequestRecord;
using ipvs::Source;
using ipvs::Status;

// How wide a field of a type is; 0 where that differs from field to field.
std::size_t WidthOf(FieldType type) {
  switch (type) {
    case FieldType::kU8: return 1;
    case FieldType::kU16: return 2;
    case FieldType::kU32: return 4;
    case FieldType::kU64: return 8;
    case FieldType::kF64: return 8;
    case FieldType::kBytes:
    case FieldType::kText: return 0;
  }
  return 0;
}

const RecordLayout& Find(const std::string& name) {
  const auto found = std::find_if(ipvs::kLayouts.begin(), ipvs::kLayouts.end(),
                                  [&](const RecordLayout& layout) { return layout.name == name; });
  REQUIRE(found != ipvs::kLayouts.end());
  return *found;
}

}  // namespace

TEST_SUITE("records") {
  TEST_CASE("every field lies inside its record, aligned, and on no other") {
    for (const RecordLayout& layout : ipvs::kLayouts) {
      std::vector<int> covered(layout.size);
      std::set<std::string> names;
      for (const FieldLayout& field : layout.fields) {
        CHECK_MESSAGE(names.insert(field.name).second, layout.name, ".", field.name);
        REQUIRE(field.length > 0);
        REQUIRE(field.offset + field.length <= layout.size);
        if (const std::size_t width = WidthOf(field.type); width != 0) {
          CHECK(field.length == width);
          CHECK_MESSAGE(field.offset % width == 0, layout.name, ".", field.name);
        }
        if (const std::string name = field.name;
            layout.name == std::string("request") && (name == "daemon" || name == "device")) {
          // A request is about a service, a daemon or a device: they share one place.
          CHECK(field.offset == offsetof(RequestRecord, service));
          continue;
        }
        for (std::size_t byte = 0; byte < field.length; ++byte) ++covered[field.offset + byte];
      }
      CHECK_MESSAGE(
          std::all_of(covered.begin(), covered.end(), [](int count) { return count <= 1; }),
          layout.name);
    }
  }

  TEST_CASE("records within records have their sizes and stand where their numbers are aligned") {
    CHECK(Find("observedService").size == Find("service").size + Find("stats").size);
    for (const char* outer :
         {"request", "observedService", "observedDestination", "connectionFilter"}) {
      for (const FieldLayout& field : Find(outer).fields) {
        if (field.type != FieldType::kBytes) continue;
        if (field.length == sizeof(ipvs::AddressBytes)) continue;
        const RecordLayout& inner = Find(field.name);
        CHECK_MESSAGE(field.length == inner.size, outer, ".", field.name);
        for (const FieldLayout& each : inner.fields) {
          const std::size_t width = WidthOf(each.type);
          if (width != 0) {
            CHECK_MESSAGE((field.offset + each.offset) % width == 0, outer, ".", each.name);
          }
        }
      }
    }
  }

  TEST_CASE("records in a row keep their numbers aligned") {
    for (const RecordLayout& layout : ipvs::kLayouts) {
      std::size_t widest = 1;
      for (const FieldLayout& field : layout.fields) {
        widest = std::max(widest, WidthOf(field.type));
      }
      CHECK_MESSAGE(layout.size % widest == 0, layout.name);
    }
  }

  TEST_CASE("names hold what the kernel allows and a NUL") {
    for (const FieldLayout& field : Find("service").fields) {
      if (std::string(field.name) == "scheduler") CHECK(field.length > 15);
      if (std::string(field.name) == "engine") CHECK(field.length > 16);
      if (std::string(field.name) == "address") CHECK(field.length == 16);
    }
    CHECK(Find("service").fields.size() == 12);
  }
}

TEST_SUITE("status") {
  TEST_CASE("a status crosses as its errno and, above that, who said it") {
    CHECK(Status::Ok().packed() == 0);
    CHECK(Status::Failure(Source::kKernel, 17).packed() == 17);
    CHECK(Status::Failure(Source::kFamily, 2).packed() == (1 << 16 | 2));
    CHECK(Status::Failure(Source::kClosed, 4'095).packed() == (9 << 16 | 4'095));
  }

  TEST_CASE("every source has a name, and the names are different") {
    CHECK(std::size(ipvs::kSourceNames) == static_cast<std::size_t>(Source::kThread) + 1);
    CHECK(std::string(ipvs::kSourceNames[static_cast<std::size_t>(Source::kClosed)]) == "closed");
    CHECK(std::string(ipvs::kSourceNames[static_cast<std::size_t>(Source::kLost)]) == "lost");
    CHECK(std::string(ipvs::kSourceNames[static_cast<std::size_t>(Source::kFile)]) == "file");
    const std::set<std::string> names(std::begin(ipvs::kSourceNames), std::end(ipvs::kSourceNames));
    CHECK(names.size() == std::size(ipvs::kSourceNames));
  }
}

TEST_SUITE("commands") {
  TEST_CASE("each command of the table is found by its number and no other number is") {
    int found = 0;
    for (std::uint32_t number = 0; number < 512; ++number) {
      const ipvs::WriteCommand* command = ipvs::FindWriteCommand(number);
      if (command == nullptr) continue;
      CHECK(command->command == number);
      ++found;
    }
    CHECK(found == static_cast<int>(std::size(ipvs::kWriteCommands)));
    CHECK(ipvs::FindWriteCommand(0xffffffff) == nullptr);
  }

  TEST_CASE("no reading command can be written") {
    for (const auto command : {ipvs::kGetService, ipvs::kGetDestination, ipvs::kGetDaemon,
                               ipvs::kGetConfig, ipvs::kGetInfo}) {
      CHECK(ipvs::FindWriteCommand(command) == nullptr);
    }
  }

  TEST_CASE("each kind of table has a name") {
    CHECK(
        std::string(ipvs::kTableNames[static_cast<std::size_t>(ipvs::TableKind::kDestinations)]) ==
        "destinations");
    CHECK(std::string(ipvs::kTableNames[static_cast<std::size_t>(ipvs::TableKind::kDaemons)]) ==
          "daemons");
    CHECK(ipvs::kTableCount == static_cast<std::size_t>(ipvs::TableKind::kAddresses) + 1);
    CHECK(std::string(ipvs::kTableNames[static_cast<std::size_t>(ipvs::TableKind::kAddresses)]) ==
          "addresses");
  }
}
