#include "netlink/generic_family.h"

#include <linux/genetlink.h>

#include <cerrno>

#include "netlink/attribute_reader.h"

namespace ipvs::netlink {

Status ResolveFamily(Connection& connection, std::string_view name, std::uint16_t* id) {
  MessageBatch batch;
  BeginGeneric(batch, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, 1);
  batch.attributes().String(CTRL_ATTR_FAMILY_NAME, name);
  if (!batch.End()) return Status::Failure(Source::kFamily, EINVAL);

  std::uint16_t found = 0;
  auto answers = connection.Exchange(batch, [&](std::size_t, const Message& message) {
    if (message.header.nlmsg_type != GENL_ID_CTRL) {
      return Status::Failure(Source::kMalformed, EBADMSG, kAnotherFamily);
    }
    if (const auto attributes = GenericAttributes(message)) {
      AttributeReader reader(*attributes);
      while (const auto attribute = reader.Next()) {
        if (attribute->type != CTRL_ATTR_FAMILY_ID) continue;
        if (const auto value = attribute->Integer<std::uint16_t>()) found = *value;
      }
    }
    return Status::Ok();
  });
  Status& status = answers.front();
  if (status.ok()) {
    if (found == 0) return Status::Failure(Source::kMalformed, EBADMSG);
    *id = found;
  } else if (status.source == Source::kKernel) {
    status.source = Source::kFamily;
  }
  return std::move(status);
}

void BeginGeneric(MessageBatch& batch, std::uint16_t family, std::uint16_t flags,
                  std::uint8_t command, std::uint8_t version) {
  batch.Begin(family, flags);
  const genlmsghdr header{command, version, 0};
  batch.Append(std::as_bytes(std::span(&header, 1)));
}

std::optional<std::span<const std::byte>> GenericAttributes(const Message& message) {
  if (message.payload.size() < GENL_HDRLEN) return std::nullopt;
  return message.payload.subspan(GENL_HDRLEN);
}

}  // namespace ipvs::netlink
