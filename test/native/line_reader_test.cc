#include "proc/line_reader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "random.h"

namespace {

using ipvs::LineReader;

void TakeAll(LineReader& reader, std::vector<std::string>& lines) {
  while (const auto line = reader.Next()) lines.emplace_back(*line);
}

// Gives the reader as much of the text as it has room for, at most `size`; returns what is left.
std::string_view Feed(LineReader& reader, std::string_view text, std::size_t size) {
  const auto room = reader.Room();
  REQUIRE(!room.empty());
  size = std::min({size, text.size(), room.size()});
  std::memcpy(room.data(), text.data(), size);
  reader.Filled(size);
  return text.substr(size);
}

// The lines of a text that comes in pieces of a size.
std::vector<std::string> LinesOf(LineReader& reader, std::string_view text, std::size_t piece) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    text = Feed(reader, text, piece);
    TakeAll(reader, lines);
  }
  reader.End();
  TakeAll(reader, lines);
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_SUITE("line reader") {
  TEST_CASE("lines are the same whatever pieces they come in") {
    const std::string text = "one\n\nthree and a half\n4\n";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
      LineReader reader(64);
      CHECK(LinesOf(reader, text, piece) == Lines{"one", "", "three and a half", "4"});
      CHECK(reader.skipped() == 0);
    }
  }

  TEST_CASE("a last line without its end was cut off, so it is left out and counted") {
    for (std::size_t piece = 1; piece <= 8; ++piece) {
      LineReader reader(64);
      CHECK(LinesOf(reader, "one\ntwo", piece) == Lines{"one"});
      CHECK(reader.skipped() == 1);
    }
  }

  TEST_CASE("nothing has no lines") {
    LineReader reader(8);
    CHECK_FALSE(reader.Next());
    reader.End();
    CHECK_FALSE(reader.Next());
  }

  TEST_CASE("a line is not given before it is whole") {
    LineReader reader(8);
    CHECK(Feed(reader, "one", 3).empty());
    CHECK_FALSE(reader.Next());
    CHECK(Feed(reader, "\ntwo", 4).empty());
    CHECK(reader.Next() == "one");
    CHECK_FALSE(reader.Next());
  }

  TEST_CASE("a line that leaves no room is left out and counted, and those around it are not") {
    const std::string text = "a\n" + std::string(100, 'x') + "\nb\n" + std::string(8, 'y') + "\n" +
                             std::string(7, 'z') + "\nc\n";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
      LineReader reader(8);
      CHECK(LinesOf(reader, text, piece) == Lines{"a", "b", "zzzzzzz", "c"});
      CHECK(reader.skipped() == 2);
    }
  }

  TEST_CASE("a line that is too long and has no end is counted, too") {
    LineReader reader(8);
    CHECK(LinesOf(reader, "a\n" + std::string(20, 'x'), 3) == Lines{"a"});
    CHECK(reader.skipped() == 1);
  }

  TEST_CASE("random texts in random pieces give their lines") {
    Random random(5);
    for (int round = 0; round < 500; ++round) {
      std::string text;
      Lines expected;
      std::size_t too_long = 0;
      for (std::uint32_t count = random.Below(20); count > 0; --count) {
        const std::string line(random.Below(24), static_cast<char>('a' + random.Below(26)));
        text += line + '\n';
        if (line.size() < 16) {
          expected.push_back(line);
        } else {
          ++too_long;
        }
      }
      LineReader reader(16);
      Lines found;
      std::string_view rest = text;
      while (!rest.empty()) {
        rest = Feed(reader, rest, 1 + random.Below(40));
        TakeAll(reader, found);
      }
      reader.End();
      TakeAll(reader, found);
      CHECK(found == expected);
      CHECK(reader.skipped() == too_long);
    }
  }
}
