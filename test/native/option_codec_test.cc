#include "ipvs/option_codec.h"

#include <doctest/doctest.h>
#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <string>

#include "ipvs/option_layouts.h"
#include "wire.h"

// The layouts are compared with the kernel's own header, byte by byte.

namespace {

using ipvs::ChangeOption;
using ipvs::DestinationEntry;
using ipvs::DestinationList;
using ipvs::DestinationOption;
using ipvs::DestinationRecord;
using ipvs::MergeFlags;
using ipvs::ServiceEntry;
using ipvs::ServiceList;
using ipvs::ServiceOption;
using ipvs::ServiceRecord;
using ipvs::StatsOption;
using ipvs::TimeoutsOption;

#define SAME_PLACE(mine, member, kernels, kernel_member) \
  static_assert(offsetof(mine, member) == offsetof(kernels, kernel_member))
#define SAME_SIZE(mine, kernels) static_assert(sizeof(mine) == sizeof(kernels))

SAME_SIZE(ServiceOption, ip_vs_service_user);
SAME_PLACE(ServiceOption, protocol, ip_vs_service_user, protocol);
SAME_PLACE(ServiceOption, address, ip_vs_service_user, addr);
SAME_PLACE(ServiceOption, port, ip_vs_service_user, port);
SAME_PLACE(ServiceOption, fwmark, ip_vs_service_user, fwmark);
SAME_PLACE(ServiceOption, scheduler, ip_vs_service_user, sched_name);
SAME_PLACE(ServiceOption, flags, ip_vs_service_user, flags);
SAME_PLACE(ServiceOption, timeout, ip_vs_service_user, timeout);
SAME_PLACE(ServiceOption, netmask, ip_vs_service_user, netmask);

SAME_SIZE(DestinationOption, ip_vs_dest_user);
SAME_PLACE(DestinationOption, address, ip_vs_dest_user, addr);
SAME_PLACE(DestinationOption, port, ip_vs_dest_user, port);
SAME_PLACE(DestinationOption, connection_flags, ip_vs_dest_user, conn_flags);
SAME_PLACE(DestinationOption, weight, ip_vs_dest_user, weight);
SAME_PLACE(DestinationOption, upper_threshold, ip_vs_dest_user, u_threshold);
SAME_PLACE(DestinationOption, lower_threshold, ip_vs_dest_user, l_threshold);
static_assert(sizeof(ChangeOption) == sizeof(ip_vs_service_user) + sizeof(ip_vs_dest_user));

SAME_SIZE(StatsOption, ip_vs_stats_user);
SAME_PLACE(StatsOption, connections, ip_vs_stats_user, conns);
SAME_PLACE(StatsOption, packets_in, ip_vs_stats_user, inpkts);
SAME_PLACE(StatsOption, packets_out, ip_vs_stats_user, outpkts);
SAME_PLACE(StatsOption, bytes_in, ip_vs_stats_user, inbytes);
SAME_PLACE(StatsOption, bytes_out, ip_vs_stats_user, outbytes);
SAME_PLACE(StatsOption, connection_rate, ip_vs_stats_user, cps);
SAME_PLACE(StatsOption, packet_in_rate, ip_vs_stats_user, inpps);
SAME_PLACE(StatsOption, packet_out_rate, ip_vs_stats_user, outpps);
SAME_PLACE(StatsOption, byte_in_rate, ip_vs_stats_user, inbps);
SAME_PLACE(StatsOption, byte_out_rate, ip_vs_stats_user, outbps);

SAME_SIZE(ServiceEntry, ip_vs_service_entry);
SAME_PLACE(ServiceEntry, service, ip_vs_service_entry, protocol);
SAME_PLACE(ServiceEntry, destinations, ip_vs_service_entry, num_dests);
SAME_PLACE(ServiceEntry, stats, ip_vs_service_entry, stats);

SAME_SIZE(DestinationEntry, ip_vs_dest_entry);
SAME_PLACE(DestinationEntry, destination, ip_vs_dest_entry, addr);
SAME_PLACE(DestinationEntry, active_connections, ip_vs_dest_entry, activeconns);
SAME_PLACE(DestinationEntry, inactive_connections, ip_vs_dest_entry, inactconns);
SAME_PLACE(DestinationEntry, persistent_connections, ip_vs_dest_entry, persistconns);
SAME_PLACE(DestinationEntry, stats, ip_vs_dest_entry, stats);

SAME_PLACE(ServiceList, count, ip_vs_get_services, num_services);
SAME_PLACE(ServiceList, first, ip_vs_get_services, entrytable);
SAME_PLACE(DestinationList, protocol, ip_vs_get_dests, protocol);
SAME_PLACE(DestinationList, address, ip_vs_get_dests, addr);
SAME_PLACE(DestinationList, port, ip_vs_get_dests, port);
SAME_PLACE(DestinationList, fwmark, ip_vs_get_dests, fwmark);
SAME_PLACE(DestinationList, count, ip_vs_get_dests, num_dests);
SAME_PLACE(DestinationList, first, ip_vs_get_dests, entrytable);

SAME_SIZE(TimeoutsOption, ip_vs_timeout_user);
SAME_PLACE(TimeoutsOption, tcp, ip_vs_timeout_user, tcp_timeout);
SAME_PLACE(TimeoutsOption, tcp_fin, ip_vs_timeout_user, tcp_fin_timeout);
SAME_PLACE(TimeoutsOption, udp, ip_vs_timeout_user, udp_timeout);
SAME_SIZE(ipvs::InformationOption, ip_vs_getinfo);
SAME_PLACE(ipvs::InformationOption, version, ip_vs_getinfo, version);
SAME_PLACE(ipvs::InformationOption, connection_table_size, ip_vs_getinfo, size);
SAME_PLACE(ipvs::InformationOption, services, ip_vs_getinfo, num_services);

static_assert(ipvs::option::kAddService == IP_VS_SO_SET_ADD);
static_assert(ipvs::option::kEditService == IP_VS_SO_SET_EDIT);
static_assert(ipvs::option::kDeleteService == IP_VS_SO_SET_DEL);
static_assert(ipvs::option::kFlush == IP_VS_SO_SET_FLUSH);
static_assert(ipvs::option::kAddDestination == IP_VS_SO_SET_ADDDEST);
static_assert(ipvs::option::kDeleteDestination == IP_VS_SO_SET_DELDEST);
static_assert(ipvs::option::kEditDestination == IP_VS_SO_SET_EDITDEST);
static_assert(ipvs::option::kSetTimeouts == IP_VS_SO_SET_TIMEOUT);
static_assert(ipvs::option::kZero == IP_VS_SO_SET_ZERO);
static_assert(ipvs::option::kInformation == IP_VS_SO_GET_INFO);
static_assert(ipvs::option::kServices == IP_VS_SO_GET_SERVICES);
static_assert(ipvs::option::kService == IP_VS_SO_GET_SERVICE);
static_assert(ipvs::option::kDestinations == IP_VS_SO_GET_DESTS);
static_assert(ipvs::option::kGetTimeouts == IP_VS_SO_GET_TIMEOUT);

ServiceRecord Web() {
  ServiceRecord service{};
  service.family = AF_INET;
  service.protocol = IPPROTO_UDP;
  service.address = {192, 0, 2, 1};
  service.port = 8080;
  std::memcpy(service.scheduler, "wlc", 3);
  service.flags = 0x9;
  service.timeout = 360;
  service.netmask = 0xffffff00;
  return service;
}

}  // namespace

TEST_SUITE("option codec") {
  TEST_CASE("a service travels with its address, port and mask in network order") {
    const wire::Bytes expected =
        wire::Join({wire::U16(17), wire::Repeat(2, 0), wire::Raw({192, 0, 2, 1}), wire::Big16(8080),
                    wire::Repeat(2, 0), wire::U32(0), wire::Text("wlc"), wire::Repeat(12, 0),
                    wire::U32(0), wire::U32(360), wire::Big32(0xffffff00)});
    CHECK(wire::Native(ipvs::WholeOption(Web())) == expected);
  }

  TEST_CASE("the identity of a service is nothing but protocol, address and port") {
    const wire::Bytes expected =
        wire::Join({wire::U16(17), wire::Repeat(2, 0), wire::Raw({192, 0, 2, 1}), wire::Big16(8080),
                    wire::Repeat(34, 0)});
    CHECK(wire::Native(ipvs::IdentityOption(Web())) == expected);
  }

  TEST_CASE("a mark is named by itself and the protocol that the kernel gives marks") {
    ServiceRecord service = Web();
    service.marked = 1;
    service.fwmark = 7;
    const wire::Bytes expected =
        wire::Join({wire::U16(6), wire::Repeat(10, 0), wire::U32(7), wire::Repeat(28, 0)});
    CHECK(wire::Native(ipvs::IdentityOption(service)) == expected);
  }

  TEST_CASE("a scheduler's name always ends inside its field") {
    ServiceRecord service = Web();
    std::memset(service.scheduler, 'x', sizeof service.scheduler);
    const ServiceOption option = ipvs::WholeOption(service);
    CHECK(std::string(option.scheduler) == std::string(15, 'x'));

    ServiceEntry entry{};
    std::memset(entry.service.scheduler, 'y', sizeof entry.service.scheduler);
    const auto record = ipvs::ToRecord(entry);
    CHECK(std::string(record.service.scheduler) == std::string(15, 'y'));
  }

  TEST_CASE("a destination travels with no flags but its method, and no tunnel") {
    DestinationRecord destination{};
    destination.family = AF_INET;
    destination.address = {10, 1, 0, 5};
    destination.port = 443;
    destination.forward = 0xfb;
    destination.weight = 0x7fffffff;
    destination.upper_threshold = 9;
    destination.lower_threshold = 8;
    const wire::Bytes expected =
        wire::Join({wire::Raw({10, 1, 0, 5}), wire::Big16(443), wire::Repeat(2, 0), wire::U32(3),
                    wire::U32(0x7fffffff), wire::U32(9), wire::U32(8)});
    CHECK(wire::Native(ipvs::ToOption(destination)) == expected);
  }

  TEST_CASE("a listed service is read with its 32-bit counters, and does not claim wider ones") {
    const wire::Bytes bytes =
        wire::Join({wire::U16(6), wire::Repeat(2, 0), wire::Raw({192, 0, 2, 1}), wire::Big16(80),
                    wire::Repeat(2, 0), wire::U32(0), wire::Text("sh"), wire::Repeat(13, 0),
                    wire::U32(0x43), wire::U32(60), wire::Big32(0xffff0000), wire::U32(2),
                    // Statistics.
                    wire::U32(0xffffffff), wire::U32(2), wire::U32(3), wire::Repeat(4, 0),
                    wire::U64(1ull << 40), wire::U64(5), wire::U32(6), wire::U32(7), wire::U32(8),
                    wire::U32(9), wire::U32(10), wire::Repeat(4, 0)});
    ServiceEntry entry;
    REQUIRE(bytes.size() == sizeof entry);
    std::memcpy(&entry, bytes.data(), sizeof entry);
    const auto [service, stats] = ipvs::ToRecord(entry);
    CHECK(service.family == AF_INET);
    CHECK(service.marked == 0);
    CHECK(service.protocol == 6);
    CHECK(service.address == ipvs::AddressBytes{192, 0, 2, 1});
    CHECK(service.port == 80);
    CHECK(std::string(service.scheduler) == "sh");
    CHECK(std::string(service.engine).empty());
    CHECK(service.flags == 0x43);
    CHECK(service.timeout == 60);
    CHECK(service.netmask == 0xffff0000);
    CHECK(service.present == 0);
    CHECK(stats.connections == 0xffffffff);
    CHECK(stats.packets_in == 2);
    CHECK(stats.packets_out == 3);
    CHECK(stats.bytes_in == 1ull << 40);
    CHECK(stats.bytes_out == 5);
    CHECK(stats.connection_rate == 6);
    CHECK(stats.packet_in_rate == 7);
    CHECK(stats.packet_out_rate == 8);
    CHECK(stats.byte_in_rate == 9);
    CHECK(stats.byte_out_rate == 10);
  }

  TEST_CASE("a listed mark has no protocol, address or port, whatever the kernel keeps there") {
    ServiceEntry entry{};
    entry.service.protocol = 6;
    entry.service.address = 0x01020304;
    entry.service.port = 99;
    entry.service.fwmark = 12;
    const ServiceRecord service = ipvs::ToRecord(entry).service;
    CHECK(service.marked == 1);
    CHECK(service.fwmark == 12);
    CHECK(service.protocol == 0);
    CHECK(service.address == ipvs::AddressBytes{});
    CHECK(service.port == 0);
  }

  TEST_CASE("a listed destination is read without the kernel's own flags") {
    const wire::Bytes bytes = wire::Join(
        {wire::Raw({10, 1, 0, 5}), wire::Big16(443), wire::Repeat(2, 0), wire::U32(0x102),
         wire::U32(5), wire::U32(9), wire::U32(8), wire::U32(1), wire::U32(2), wire::U32(3),
         wire::Repeat(4, 0), wire::U32(4), wire::Repeat(52, 0)});
    DestinationEntry entry;
    REQUIRE(bytes.size() == sizeof entry);
    std::memcpy(&entry, bytes.data(), sizeof entry);
    const auto record = ipvs::ToRecord(entry);
    CHECK(record.destination.family == AF_INET);
    CHECK(record.destination.address == ipvs::AddressBytes{10, 1, 0, 5});
    CHECK(record.destination.port == 443);
    CHECK(record.destination.forward == 2);
    CHECK(record.destination.weight == 5);
    CHECK(record.destination.upper_threshold == 9);
    CHECK(record.destination.lower_threshold == 8);
    CHECK(record.destination.present == 0);
    CHECK(record.active_connections == 1);
    CHECK(record.inactive_connections == 2);
    CHECK(record.persistent_connections == 3);
    CHECK(record.stats.connections == 4);
  }

  TEST_CASE("flags outside the mask stay, and the kernel's own never goes back") {
    CHECK(MergeFlags(0, 0x3d, 0x3d) == 0x3d);
    CHECK(MergeFlags(0x83, 0x4, 0x3d) == 0x84);
    CHECK(MergeFlags(0xc0000002, 0, 0) == 0xc0000000);
    CHECK(MergeFlags(0, 0xffffffff, 0xffffffff) == 0xfffffffd);
  }
}
