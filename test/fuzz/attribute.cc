// A payload of attributes: none lies outside it, and what is written again is read again.

#include "check.h"
#include "netlink/attribute_reader.h"
#include "netlink/attribute_writer.h"

namespace {

using fuzz::Check;
using ipvs::netlink::Attribute;
using ipvs::netlink::AttributeReader;
using ipvs::netlink::AttributeWriter;

constexpr int kDeepest = 5;  // nests in nests

template <typename T>
void CheckInteger(const Attribute& attribute) {
  const auto value = attribute.Integer<T>();
  Check(value.has_value() == (attribute.payload.size() >= sizeof(T)),
        "an integer is there when its bytes are");
  if (value) {
    Check(std::memcmp(&*value, attribute.payload.data(), sizeof(T)) == 0,
          "an integer is the first bytes of its payload");
  }
}

void CheckText(const Attribute& attribute) {
  const std::string_view text = attribute.Text();
  Check(text.find('\0') == std::string_view::npos, "a text ends before its NUL");
  Check(text.size() <= attribute.payload.size(), "a text ends with its payload");
  Check(text.size() == attribute.payload.size() || attribute.payload[text.size()] == std::byte{0},
        "a text goes on to its NUL or to the end");
}

std::vector<Attribute> ReadAll(std::span<const std::byte> payload, bool* malformed) {
  std::vector<Attribute> all;
  AttributeReader reader(payload);
  const std::byte* before = payload.data();
  const std::byte* const end = payload.data() + payload.size();
  while (const auto attribute = reader.Next()) {
    const std::byte* const first = attribute->payload.data();
    Check(first >= before + sizeof(nlattr), "an attribute comes after the one before");
    Check(first + attribute->payload.size() <= end, "an attribute ends inside the payload");
    Check((attribute->type & ~NLA_TYPE_MASK) == 0, "a type comes without its bits");
    before = first + attribute->payload.size();
    all.push_back(*attribute);
  }
  *malformed = reader.malformed();
  Check(!reader.Next() && reader.malformed() == *malformed, "the end is the end");
  return all;
}

void CheckWritten(const std::vector<Attribute>& attributes) {
  ipvs::ByteBuffer written;
  AttributeWriter writer(written);
  for (const Attribute& each : attributes) writer.Bytes(each.type, each.payload);
  Check(!writer.overflowed(), "what was read can be written");
  bool malformed = false;
  const auto again = ReadAll(written, &malformed);
  Check(!malformed && again.size() == attributes.size(), "what was written can be read");
  for (std::size_t index = 0; index < again.size(); ++index) {
    Check(again[index].type == attributes[index].type &&
              fuzz::Same(again[index].payload, attributes[index].payload),
          "an attribute is written as it was read");
  }
}

void CheckPayload(std::span<const std::byte> payload, int depth) {
  bool malformed = false;
  const auto attributes = ReadAll(payload, &malformed);
  for (const Attribute& each : attributes) {
    CheckInteger<std::uint8_t>(each);
    CheckInteger<std::uint16_t>(each);
    CheckInteger<std::uint32_t>(each);
    CheckInteger<std::uint64_t>(each);
    CheckText(each);
    if (depth < kDeepest) CheckPayload(each.payload, depth + 1);
  }
  CheckWritten(attributes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  CheckPayload(fuzz::InputOf(data, size), 0);
  return 0;
}
