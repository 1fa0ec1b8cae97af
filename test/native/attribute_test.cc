#include <doctest/doctest.h>

#include <bit>
#include <string>
#include <utility>

#include "netlink/attribute_reader.h"
#include "netlink/attribute_writer.h"
#include "random.h"
#include "wire.h"

namespace {

using ipvs::netlink::Attribute;
using ipvs::netlink::AttributeReader;
using ipvs::netlink::AttributeWriter;
using namespace wire;

// What the writer appends when `write` is done with it.
template <typename Write>
Bytes Written(Write write) {
  ipvs::ByteBuffer out;
  AttributeWriter writer(out);
  write(writer);
  return Bytes(out);
}

// The payloads on the heap, each in memory of exactly its size, so that the sanitizer sees one byte
// too far.
std::vector<std::byte> Exactly(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

TEST_SUITE("attribute writer") {
  TEST_CASE("an attribute is its length, its type and its payload") {
    CHECK(Written([](auto& writer) {
            writer.Bytes(3, Raw({1, 2, 3, 4}));
          }) == Join({U16(8), U16(3), Raw({1, 2, 3, 4})}));
  }

  TEST_CASE("the padding to four bytes is zero and not counted in the length") {
    for (unsigned size = 0; size < 9; ++size) {
      const Bytes payload = Repeat(size, 0xff);
      const Bytes written = Written([&](auto& writer) { writer.Bytes(7, payload); });
      CHECK(written.size() % 4 == 0);
      CHECK(written == Padded(Join({U16(static_cast<std::uint16_t>(4 + size)), U16(7), payload})));
    }
  }

  TEST_CASE("an empty payload leaves only the header") {
    CHECK(Written([](auto& writer) { writer.Bytes(9, {}); }) == Join({U16(4), U16(9)}));
  }

  TEST_CASE("integers have the width of their type and the machine's byte order") {
    CHECK(Written([](auto& writer) { writer.Integer(1, std::uint8_t{0xab}); }) ==
          Join({U16(5), U16(1), Raw({0xab, 0, 0, 0})}));
    CHECK(Written([](auto& writer) { writer.Integer(2, std::uint16_t{0x1234}); }) ==
          Join({U16(6), U16(2), U16(0x1234), Raw({0, 0})}));
    CHECK(Written([](auto& writer) { writer.Integer(3, std::uint32_t{0x12345678}); }) ==
          Join({U16(8), U16(3), U32(0x12345678)}));
    CHECK(Written([](auto& writer) { writer.Integer(4, std::uint64_t{0x123456789abcdef0}); }) ==
          Join({U16(12), U16(4), U64(0x123456789abcdef0)}));
    CHECK(Written([](auto& writer) { writer.Integer(5, std::int32_t{-2}); }) ==
          Join({U16(8), U16(5), U32(0xfffffffe)}));
  }

  TEST_CASE("a string carries its NUL") {
    CHECK(Written([](auto& writer) { writer.String(6, "wlc"); }) ==
          Join({U16(8), U16(6), Raw({'w', 'l', 'c', 0})}));
    CHECK(Written([](auto& writer) { writer.String(6, "wrr2"); }) ==
          Join({U16(9), U16(6), Raw({'w', 'r', 'r', '2', 0, 0, 0, 0})}));
  }

  TEST_CASE("an empty string is a NUL, also when it points nowhere") {
    const Bytes expected = Join({U16(5), U16(6), Raw({0, 0, 0, 0})});
    CHECK(Written([](auto& writer) { writer.String(6, ""); }) == expected);
    CHECK(Written([](auto& writer) { writer.String(6, std::string_view{}); }) == expected);
  }

  TEST_CASE("attributes stand one behind the other") {
    CHECK(Written([](auto& writer) {
            writer.Integer(1, std::uint8_t{1});
            writer.Integer(2, std::uint8_t{2});
          }) == Join({U16(5), U16(1), Raw({1, 0, 0, 0}), U16(5), U16(2), Raw({2, 0, 0, 0})}));
  }

  TEST_CASE("a nest carries the nesting bit and the length of all it holds") {
    CHECK(Written([](auto& writer) {
            writer.Nested(1, [&] {
              writer.Integer(2, std::uint16_t{7});
              writer.Nested(3, [&] { writer.String(4, "x"); });
            });
            writer.Integer(5, std::uint32_t{9});
          }) == Join({U16(24), U16(0x8001),                 // the outer nest
                      U16(6), U16(2), U16(7), Raw({0, 0}),  // an integer in it
                      U16(12), U16(0x8003),                 // the inner nest
                      U16(6), U16(4), Raw({'x', 0, 0, 0}),  // a string in that
                      U16(8), U16(5), U32(9)}));            // and one behind both
  }

  TEST_CASE("an empty nest is only a header") {
    CHECK(Written([](auto& writer) { writer.Nested(1, [] {}); }) == Join({U16(4), U16(0x8001)}));
  }

  TEST_CASE("what stood in the buffer before is left as it was") {
    ipvs::ByteBuffer out;
    out.Append(Repeat(4, 0xee).data(), 4);
    AttributeWriter(out).Integer(1, std::uint32_t{5});
    CHECK(Bytes(out) == Join({Repeat(4, 0xee), U16(8), U16(1), U32(5)}));
  }

  TEST_CASE("an attribute of 65,535 bytes fits and one of 65,536 overflows") {
    for (const bool fits : {true, false}) {
      ipvs::ByteBuffer out;
      AttributeWriter writer(out);
      writer.Bytes(1, Repeat(fits ? 65'531 : 65'532, 1));
      CHECK(writer.overflowed() == !fits);
      if (fits)
        CHECK(Bytes(std::span<const std::byte>(out).first(4)) == Join({U16(65'535), U16(1)}));
    }
  }

  TEST_CASE("a string of 65,530 characters fits and one of 65,531 overflows") {
    for (const bool fits : {true, false}) {
      ipvs::ByteBuffer out;
      AttributeWriter writer(out);
      writer.String(1, std::string(fits ? 65'530 : 65'531, 'x'));
      CHECK(writer.overflowed() == !fits);
    }
  }

  TEST_CASE("a nest overflows when its parts together do, though each of them fits") {
    ipvs::ByteBuffer out;
    AttributeWriter writer(out);
    writer.Nested(1, [&] {
      writer.Bytes(2, Repeat(40'000, 0));
      CHECK_FALSE(writer.overflowed());
      writer.Bytes(3, Repeat(40'000, 0));
      CHECK_FALSE(writer.overflowed());
    });
    CHECK(writer.overflowed());
  }

  TEST_CASE("an overflow stays until it is forgotten") {
    ipvs::ByteBuffer out;
    AttributeWriter writer(out);
    writer.Bytes(1, Repeat(70'000, 0));
    writer.Integer(2, std::uint8_t{1});
    CHECK(writer.overflowed());
    writer.ForgetOverflow();
    CHECK_FALSE(writer.overflowed());
  }
}

TEST_SUITE("attribute reader") {
  TEST_CASE("no bytes are no attributes and nothing is wrong with them") {
    AttributeReader reader({});
    CHECK_FALSE(reader.Next());
    CHECK_FALSE(reader.malformed());
  }

  TEST_CASE("attributes come in their order, each with its type and payload") {
    const auto bytes = Exactly(
        Join({AttributeOf(1, U32(0xdeadbeef)), AttributeOf(2, Raw({9})), AttributeOf(3, {})}));
    AttributeReader reader(bytes);
    const auto first = reader.Next();
    REQUIRE(first);
    CHECK(first->type == 1);
    CHECK(first->Integer<std::uint32_t>() == 0xdeadbeef);
    const auto second = reader.Next();
    REQUIRE(second);
    CHECK(second->type == 2);
    CHECK(Bytes(second->payload) == Raw({9}));
    const auto third = reader.Next();
    REQUIRE(third);
    CHECK(third->type == 3);
    CHECK(third->payload.empty());
    CHECK_FALSE(reader.Next());
    CHECK_FALSE(reader.malformed());
  }

  TEST_CASE("the bits for nesting and byte order are not part of the type") {
    for (const unsigned bits : {0x8000u, 0x4000u, 0xc000u}) {
      const auto bytes = Exactly(AttributeOf(static_cast<std::uint16_t>(bits | 5), U8(1)));
      const auto attribute = AttributeReader(bytes).Next();
      REQUIRE(attribute);
      CHECK(attribute->type == 5);
    }
  }

  TEST_CASE("the last attribute may come without its padding") {
    const auto bytes = Exactly(Join({U16(5), U16(1), Raw({7})}));
    AttributeReader reader(bytes);
    const auto attribute = reader.Next();
    REQUIRE(attribute);
    CHECK(attribute->Integer<std::uint8_t>() == 7);
    CHECK_FALSE(reader.Next());
    CHECK_FALSE(reader.malformed());
  }

  TEST_CASE("a header that is cut off is malformed") {
    for (std::size_t size = 1; size < 4; ++size) {
      const auto bytes = Exactly(Repeat(size, 4));
      AttributeReader reader(bytes);
      CHECK_FALSE(reader.Next());
      CHECK(reader.malformed());
    }
  }

  TEST_CASE("a length below four is malformed and does not stand still") {
    for (std::uint16_t length = 0; length < 4; ++length) {
      const auto bytes = Exactly(Join({U16(length), U16(1), U32(0)}));
      AttributeReader reader(bytes);
      CHECK_FALSE(reader.Next());
      CHECK(reader.malformed());
      CHECK_FALSE(reader.Next());
    }
  }

  TEST_CASE("a length beyond the end is malformed, by one byte as by many") {
    for (const unsigned length : {9u, 12u, 0xffffu}) {
      const auto bytes = Exactly(Join({U16(static_cast<std::uint16_t>(length)), U16(1), U32(0)}));
      AttributeReader reader(bytes);
      CHECK_FALSE(reader.Next());
      CHECK(reader.malformed());
    }
  }

  TEST_CASE("malformed is remembered when one asks again") {
    const auto bytes = Exactly(Join({U16(3), U16(1)}));
    AttributeReader reader(bytes);
    CHECK_FALSE(reader.Next());
    CHECK_FALSE(reader.Next());
    CHECK(reader.malformed());
  }

  TEST_CASE("what stood before the malformed place was given out") {
    const auto bytes = Exactly(Join({AttributeOf(1, U32(5)), U16(200), U16(2)}));
    AttributeReader reader(bytes);
    const auto attribute = reader.Next();
    REQUIRE(attribute);
    CHECK(attribute->type == 1);
    CHECK_FALSE(reader.Next());
    CHECK(reader.malformed());
  }

  TEST_CASE("integers are read where nothing is aligned") {
    const Bytes attributes =
        Join({AttributeOf(1, U64(0x0123456789abcdef)), AttributeOf(2, U16(77))});
    for (std::size_t shift = 0; shift < 8; ++shift) {
      const auto bytes = Exactly(Join({Repeat(shift, 0xff), attributes}));
      const std::span<const std::byte> all(bytes);
      AttributeReader reader(all.subspan(shift));
      const auto wide = reader.Next();
      const auto narrow = reader.Next();
      REQUIRE(wide);
      REQUIRE(narrow);
      CHECK(wide->Integer<std::uint64_t>() == 0x0123456789abcdef);
      CHECK(narrow->Integer<std::uint16_t>() == 77);
    }
  }

  TEST_CASE("a payload shorter than an integer is none, a longer one gives its first bytes") {
    const auto payload = Exactly(Join({U32(42), U32(43)}));
    const std::span<const std::byte> all(payload);
    for (std::size_t size = 0; size < 4; ++size) {
      CHECK_FALSE(Attribute{1, all.first(size)}.Integer<std::uint32_t>());
    }
    CHECK(Attribute{1, all.first(4)}.Integer<std::uint32_t>() == 42);
    CHECK(Attribute{1, all}.Integer<std::uint32_t>() == 42);
    CHECK_FALSE(Attribute{1, {}}.Integer<std::uint8_t>());
  }

  TEST_CASE("text ends at its NUL, or at the end of the payload where there is none") {
    const auto text = [](const Bytes& payload) {
      const auto exact = Exactly(payload);
      return std::string(Attribute{1, exact}.Text());
    };
    CHECK(text(Text("wlc")) == "wlc");
    CHECK(text(Raw({'w', 'l', 'c'})) == "wlc");
    CHECK(text(Raw({'a', 0, 'b', 0})) == "a");
    CHECK(text(Raw({0})) == "");
    CHECK(text({}) == "");
  }

  TEST_CASE("random bytes are never read past their end and always come to an end") {
    Random random(20240601);
    std::size_t attributes = 0;
    std::size_t malformed = 0;
    for (int round = 0; round < 20'000; ++round) {
      std::vector<std::byte> bytes(random.Below(64));
      // Mostly small numbers of two bytes, so that lengths are often believable.
      for (std::size_t index = 0; index < bytes.size(); ++index) {
        const bool high = index % 2 == (std::endian::native == std::endian::little ? 1 : 0);
        if (random.OneIn(16)) {
          bytes[index] = random.Byte();
        } else if (!high) {
          bytes[index] = random.Byte(16);
        }
      }
      AttributeReader reader(bytes);
      const std::byte* from = bytes.data();
      const std::byte* const end = bytes.data() + bytes.size();
      std::size_t seen = 0;
      while (const auto attribute = reader.Next()) {
        const bool inside = attribute->payload.data() >= from + 4 &&
                            attribute->payload.data() + attribute->payload.size() <= end;
        if (!inside) FAIL("a payload outside of the buffer, or an attribute read twice");
        from = attribute->payload.data() + attribute->payload.size();
        unsigned sum = 0;
        for (const std::byte each : attribute->payload) sum += std::to_integer<unsigned>(each);
        sum += static_cast<unsigned>(attribute->Text().size());
        sum += attribute->Integer<std::uint8_t>().value_or(0);
        if (sum > 64 * 255 + 64 + 255) FAIL("bytes that cannot be");
        ++seen;
      }
      if (seen > bytes.size() / 4) FAIL("more attributes than there is room for");
      attributes += seen;
      malformed += reader.malformed();
    }
    CHECK(attributes > 10'000);
    CHECK(malformed > 1'000);
    CHECK(malformed < 20'000);
  }

  TEST_CASE("what the writer wrote, the reader reads") {
    Random random(7);
    for (int round = 0; round < 500; ++round) {
      ipvs::ByteBuffer out;
      AttributeWriter writer(out);
      std::vector<std::pair<std::uint16_t, Bytes>> expected;
      for (std::uint32_t count = random.Below(8); count > 0; --count) {
        const auto type = static_cast<std::uint16_t>(random.Below(0x4000));
        Bytes payload(random.Below(40));
        for (std::byte& each : payload) each = random.Byte();
        writer.Bytes(type, payload);
        expected.emplace_back(type, payload);
      }
      std::vector<std::pair<std::uint16_t, Bytes>> found;
      AttributeReader reader(out);
      while (const auto attribute = reader.Next()) {
        found.emplace_back(attribute->type, Bytes(attribute->payload));
      }
      CHECK_FALSE(reader.malformed());
      CHECK(found == expected);
    }
  }
}
