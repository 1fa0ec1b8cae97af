// Keeps what the kernel answers, as it answers it: preloaded into a program, it writes every datagram of
// netlink, every answer of a socket option of IPVS and every piece of a file of connections into a file of
// its own, in the folder FUZZ_RECORD names.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_uint kept;

static void keep(const char* kind, const void* bytes, size_t size) {
  const char* folder = getenv("FUZZ_RECORD");
  char path[PATH_MAX];
  if (folder == NULL || size == 0) return;
  snprintf(path, sizeof path, "%s/%06u-%s", folder, atomic_fetch_add(&kept, 1), kind);
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0 || write(file, bytes, size) != (ssize_t)size) abort();
  close(file);
}

typedef int (*getsockopt_call)(int, int, int, void*, socklen_t*);
typedef ssize_t (*recvmsg_call)(int, struct msghdr*, int);
typedef ssize_t (*read_call)(int, void*, size_t);

static int option_of(int fd, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  const getsockopt_call next = (getsockopt_call)dlsym(RTLD_NEXT, "getsockopt");
  return next(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

int getsockopt(int fd, int level, int name, void* value, socklen_t* size) {
  const getsockopt_call next = (getsockopt_call)dlsym(RTLD_NEXT, "getsockopt");
  const int result = next(fd, level, name, value, size);
  const int first = 64 + 1024 + 64;  // IP_VS_BASE_CTL
  if (result == 0 && level == IPPROTO_IP && name >= first && name < first + 64) {
    keep("option", value, *size);
  }
  return result;
}

ssize_t recvmsg(int fd, struct msghdr* message, int flags) {
  const recvmsg_call next = (recvmsg_call)dlsym(RTLD_NEXT, "recvmsg");
  const ssize_t size = next(fd, message, flags);
  if (size <= 0 || option_of(fd, SO_DOMAIN) != AF_NETLINK) return size;
  const int protocol = option_of(fd, SO_PROTOCOL);
  if (protocol == NETLINK_GENERIC) keep("generic", message->msg_iov->iov_base, (size_t)size);
  if (protocol == NETLINK_ROUTE) keep("route", message->msg_iov->iov_base, (size_t)size);
  return size;
}

ssize_t read(int fd, void* buffer, size_t room) {
  const read_call next = (read_call)dlsym(RTLD_NEXT, "read");
  const ssize_t size = next(fd, buffer, room);
  char link[64], path[PATH_MAX] = "";
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  if (size < 0 || readlink(link, path, sizeof path - 1) <= 0) return size;
  if (strstr(path, "/net/ip_vs_conn") != NULL) keep("connections", buffer, (size_t)size);
  return size;
}
