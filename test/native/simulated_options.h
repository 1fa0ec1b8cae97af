#pragma once

#include <arpa/inet.h>
#include <linux/ip_vs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "ipvs/option_channel.h"

// The kernel's side of the socket options, with the structures of the kernel's own header, so that
// the layouts are not checked with themselves.
struct SimulatedOptions {
  struct Service {
    ip_vs_service_entry entry{};
    std::vector<ip_vs_dest_entry> destinations;
    unsigned hidden = 0;  // destinations of the other family: counted, never listed
  };

  struct Call {
    bool set;
    int option;
    std::vector<std::byte> value;  // what was handed over
  };

  std::vector<Service> services;
  ip_vs_timeout_user timeouts{900, 120, 300};
  unsigned table_size = 4096;
  bool loaded = true;
  bool permitted = true;
  // Called before each call is looked at, with its option: what others do meanwhile.
  std::function<void(int option)> before = [](int) {};
  // An errno for a call, or 0 to carry it out.
  std::function<int(int option)> refuse = [](int) { return 0; };

  std::vector<Call> calls;
  int opened = 0;

  std::vector<int> Options() const {
    std::vector<int> options;
    for (const Call& call : calls) options.push_back(call.option);
    return options;
  }

  Service* Find(unsigned mark, unsigned protocol, std::uint32_t address, std::uint16_t port) {
    for (Service& service : services) {
      const ip_vs_service_entry& entry = service.entry;
      const bool same = mark != 0 ? entry.fwmark == mark
                                  : entry.fwmark == 0 && entry.protocol == protocol &&
                                        entry.addr == address && entry.port == port;
      if (same) return &service;
    }
    return nullptr;
  }

  int Refusal(int option) const {
    if (!loaded) return ENOPROTOOPT;
    if (!permitted) return EPERM;
    return refuse(option);
  }

  int Set(int option, std::span<const std::byte> value) {
    before(option);
    calls.push_back({true, option, {value.begin(), value.end()}});
    if (const int error = Refusal(option); error != 0) return error;

    ip_vs_service_user given{};
    ip_vs_dest_user destination{};
    const bool about_destination = option == IP_VS_SO_SET_ADDDEST ||
                                   option == IP_VS_SO_SET_EDITDEST ||
                                   option == IP_VS_SO_SET_DELDEST;
    if (option == IP_VS_SO_SET_FLUSH) {
      if (!value.empty()) return EINVAL;
      services.clear();
      return 0;
    }
    if (option == IP_VS_SO_SET_TIMEOUT) {
      if (value.size() != sizeof(ip_vs_timeout_user)) return EINVAL;
      return SetTimeouts(value);
    }
    if (value.size() != sizeof given + (about_destination ? sizeof destination : 0)) return EINVAL;
    std::memcpy(&given, value.data(), sizeof given);
    if (about_destination) {
      std::memcpy(&destination, value.data() + sizeof given, sizeof destination);
    }
    return Change(option, given, destination);
  }

  int Get(int option, std::span<std::byte> value) {
    before(option);
    calls.push_back({false, option, {value.begin(), value.end()}});
    if (const int error = Refusal(option); error != 0) return error;
    switch (option) {
      case IP_VS_SO_GET_INFO:
        return Answer(value,
                      ip_vs_getinfo{0x010201, table_size, static_cast<unsigned>(services.size())});
      case IP_VS_SO_GET_TIMEOUT: return Answer(value, timeouts);
      case IP_VS_SO_GET_SERVICE: {
        ip_vs_service_entry entry;
        if (value.size() < sizeof entry) return EINVAL;
        std::memcpy(&entry, value.data(), sizeof entry);
        const Service* service = Find(entry.fwmark, entry.protocol, entry.addr, entry.port);
        return service == nullptr ? ESRCH : Answer(value, Counted(*service));
      }
      case IP_VS_SO_GET_SERVICES: return ListServices(value);
      case IP_VS_SO_GET_DESTS: return ListDestinations(value);
      default: return EINVAL;
    }
  }

 private:
  static constexpr std::size_t kServicesStart = offsetof(ip_vs_get_services, entrytable);
  static constexpr std::size_t kDestinationsStart = offsetof(ip_vs_get_dests, entrytable);

  template <typename Value>
  static int Answer(std::span<std::byte> value, const Value& answer) {
    if (value.size() < sizeof answer) return EINVAL;
    std::memcpy(value.data(), &answer, sizeof answer);
    return 0;
  }

  static ip_vs_service_entry Counted(const Service& service) {
    ip_vs_service_entry entry = service.entry;
    entry.num_dests = static_cast<unsigned>(service.destinations.size()) + service.hidden;
    return entry;
  }

  int SetTimeouts(std::span<const std::byte> value) {
    ip_vs_timeout_user given{};
    std::memcpy(&given, value.data(), sizeof given);
    if (given.tcp_timeout < 0 || given.tcp_fin_timeout < 0 || given.udp_timeout < 0) return EINVAL;
    if (given.tcp_timeout != 0) timeouts.tcp_timeout = given.tcp_timeout;
    if (given.tcp_fin_timeout != 0) timeouts.tcp_fin_timeout = given.tcp_fin_timeout;
    if (given.udp_timeout != 0) timeouts.udp_timeout = given.udp_timeout;
    return 0;
  }

  int Change(int option, const ip_vs_service_user& given, const ip_vs_dest_user& destination) {
    if (option == IP_VS_SO_SET_ZERO && given.fwmark == 0 && given.addr == 0 && given.port == 0) {
      for (Service& service : services) service.entry.stats = {};
      return 0;
    }
    if (given.protocol != IPPROTO_TCP && given.protocol != IPPROTO_UDP &&
        given.protocol != IPPROTO_SCTP) {
      return EFAULT;
    }
    Service* service = Find(given.fwmark, given.protocol, given.addr, given.port);
    if (option == IP_VS_SO_SET_ADD) {
      if (service != nullptr) return EEXIST;
      services.emplace_back();
      Assign(services.back().entry, given);
      return 0;
    }
    if (service == nullptr || service->entry.protocol != given.protocol) return ESRCH;
    switch (option) {
      case IP_VS_SO_SET_EDIT: Assign(service->entry, given); return 0;
      case IP_VS_SO_SET_DEL:
        services.erase(services.begin() + (service - services.data()));
        return 0;
      case IP_VS_SO_SET_ZERO: service->entry.stats = {}; return 0;
      default: return ChangeDestination(option, *service, destination);
    }
  }

  static void Assign(ip_vs_service_entry& entry, const ip_vs_service_user& given) {
    entry.protocol = given.protocol;
    entry.addr = given.addr;
    entry.port = given.port;
    entry.fwmark = given.fwmark;
    std::memcpy(entry.sched_name, given.sched_name, sizeof entry.sched_name);
    entry.flags = given.flags | IP_VS_SVC_F_HASHED;
    entry.timeout = given.timeout;
    entry.netmask = given.netmask;
  }

  static int ChangeDestination(int option, Service& service, const ip_vs_dest_user& given) {
    auto& all = service.destinations;
    const auto found = std::find_if(all.begin(), all.end(), [&](const ip_vs_dest_entry& each) {
      return each.addr == given.addr && each.port == given.port;
    });
    if (option == IP_VS_SO_SET_ADDDEST) {
      if (found != all.end()) return EEXIST;
      all.insert(all.begin(), Entry(given));
      return 0;
    }
    if (found == all.end()) return ENOENT;
    if (option == IP_VS_SO_SET_DELDEST) all.erase(found);
    if (option == IP_VS_SO_SET_EDITDEST) *found = Entry(given);
    return 0;
  }

  static ip_vs_dest_entry Entry(const ip_vs_dest_user& given) {
    ip_vs_dest_entry entry{};
    entry.addr = given.addr;
    entry.port = given.port;
    // The kernel adds flags of its own.
    entry.conn_flags = given.conn_flags | IP_VS_CONN_F_INACTIVE;
    entry.weight = given.weight;
    entry.u_threshold = given.u_threshold;
    entry.l_threshold = given.l_threshold;
    return entry;
  }

  int ListServices(std::span<std::byte> value) const {
    unsigned count = 0;
    if (value.size() < kServicesStart) return EINVAL;
    std::memcpy(&count, value.data(), sizeof count);
    if (value.size() != kServicesStart + count * sizeof(ip_vs_service_entry)) return EINVAL;
    for (std::size_t index = 0; index < std::min<std::size_t>(count, services.size()); ++index) {
      const ip_vs_service_entry entry = Counted(services[index]);
      std::memcpy(value.data() + kServicesStart + index * sizeof entry, &entry, sizeof entry);
    }
    return 0;
  }

  int ListDestinations(std::span<std::byte> value) {
    unsigned count = 0;
    ip_vs_service_entry key{};
    if (value.size() < kDestinationsStart) return EINVAL;
    std::memcpy(&key, value.data(), offsetof(ip_vs_get_dests, num_dests));
    std::memcpy(&count, value.data() + offsetof(ip_vs_get_dests, num_dests), sizeof count);
    if (value.size() != kDestinationsStart + count * sizeof(ip_vs_dest_entry)) return EINVAL;
    const Service* service = Find(key.fwmark, key.protocol, key.addr, key.port);
    if (service == nullptr) return ESRCH;
    const auto& all = service->destinations;
    for (std::size_t index = 0; index < std::min<std::size_t>(count, all.size()); ++index) {
      std::memcpy(value.data() + kDestinationsStart + index * sizeof(ip_vs_dest_entry), &all[index],
                  sizeof(ip_vs_dest_entry));
    }
    return 0;
  }
};

class SimulatedOptionChannel final : public ipvs::OptionChannel {
 public:
  explicit SimulatedOptionChannel(SimulatedOptions& kernel) : kernel_(kernel) { ++kernel.opened; }

  int Set(int option, std::span<const std::byte> value) override {
    return kernel_.Set(option, value);
  }
  int Get(int option, std::span<std::byte> value) override { return kernel_.Get(option, value); }

 private:
  SimulatedOptions& kernel_;
};
