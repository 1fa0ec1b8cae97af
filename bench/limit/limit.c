// The limit: what one thread reaches that writes its messages by hand, on a raw netlink socket.
// What the library does is measured against it, on the same tables in the same boot. Prints one
// line of JSON: how long the work took, without getting ready for it, how many system calls it
// made, how many objects it listed and in how many bytes it holds them, and the most memory that it
// ever had.
//
// The tables are those of bench/tables.ts: service i is tcp 10.(9 + i / 16384).(i / 256 % 64).(i %
// 256):80, and its destination j 10.(100 + j / 65536).(j / 256 % 256).(j % 256):80, masqueraded, of
// weight 1.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kBatchBytes = 16 * 1024, kBatchRequests = 256, kReceiveBytes = 32 * 1024 };

static int fd;
static uint16_t family;
static uint32_t sequence = 1;
static unsigned long calls;
static unsigned char answer[kReceiveBytes];
static const char* scheduler = "wlc";

static void Fail(const char* what) {
  fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double Now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

// The most memory that the program ever had, in bytes. Usage of resources has what ran before it
// too.
static size_t Peak(void) {
  char line[256];
  size_t kilobytes = 0;
  FILE* status = fopen("/proc/self/status", "r");
  if (status == NULL) Fail("/proc/self/status");
  while (fgets(line, sizeof line, status) != NULL) {
    if (sscanf(line, "VmHWM: %zu kB", &kilobytes) == 1) break;
  }
  fclose(status);
  return kilobytes * 1024;
}

// ---- Messages ----

typedef struct {
  unsigned char* bytes;
  size_t size;
  size_t room;
} Buffer;

static void* Append(Buffer* buffer, const void* value, size_t size) {
  const size_t padded = NLMSG_ALIGN(size);
  if (buffer->size + padded > buffer->room) {
    buffer->room = (buffer->size + padded) * 2;
    buffer->bytes = realloc(buffer->bytes, buffer->room);
    if (buffer->bytes == NULL) Fail("realloc");
  }
  unsigned char* at = buffer->bytes + buffer->size;
  memset(at, 0, padded);
  if (value != NULL) memcpy(at, value, size);
  buffer->size += padded;
  return at;
}

static size_t Begin(Buffer* buffer, uint16_t type, uint16_t flags, uint8_t command) {
  const size_t start = buffer->size;
  const struct nlmsghdr header = {.nlmsg_type = type,
                                  .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
                                  .nlmsg_seq = sequence++};
  const struct genlmsghdr generic = {.cmd = command, .version = 1};
  Append(buffer, &header, sizeof header);
  Append(buffer, &generic, sizeof generic);
  return start;
}

static void End(Buffer* buffer, size_t start) {
  ((struct nlmsghdr*)(buffer->bytes + start))->nlmsg_len = (uint32_t)(buffer->size - start);
}

static size_t Nest(Buffer* buffer, uint16_t type) {
  const struct nlattr header = {.nla_type = (uint16_t)(type | NLA_F_NESTED)};
  const size_t start = buffer->size;
  Append(buffer, &header, sizeof header);
  return start;
}

static void Unnest(Buffer* buffer, size_t start) {
  ((struct nlattr*)(buffer->bytes + start))->nla_len = (uint16_t)(buffer->size - start);
}

static void Put(Buffer* buffer, uint16_t type, const void* value, size_t size) {
  const struct nlattr header = {.nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = type};
  Append(buffer, &header, sizeof header);
  Append(buffer, value, size);
}

static void Put16(Buffer* buffer, uint16_t type, uint16_t value) {
  Put(buffer, type, &value, sizeof value);
}

static void Put32(Buffer* buffer, uint16_t type, uint32_t value) {
  Put(buffer, type, &value, sizeof value);
}

static void PutAddress(Buffer* buffer, uint16_t type, uint32_t address) {
  const uint32_t bytes[4] = {htonl(address)};
  Put(buffer, type, bytes, sizeof bytes);
}

static uint32_t ServiceAddress(unsigned service) {
  return 10u << 24 | (9 + (service >> 14)) << 16 | (service >> 8 & 63) << 8 | (service & 255);
}

static void PutService(Buffer* buffer, unsigned service, bool whole) {
  const size_t nest = Nest(buffer, IPVS_CMD_ATTR_SERVICE);
  Put16(buffer, IPVS_SVC_ATTR_AF, AF_INET);
  Put16(buffer, IPVS_SVC_ATTR_PROTOCOL, IPPROTO_TCP);
  PutAddress(buffer, IPVS_SVC_ATTR_ADDR, ServiceAddress(service));
  Put16(buffer, IPVS_SVC_ATTR_PORT, htons(80));
  if (whole) {
    const struct ip_vs_flags flags = {.flags = 0, .mask = ~0u};
    Put(buffer, IPVS_SVC_ATTR_SCHED_NAME, scheduler, strlen(scheduler) + 1);
    Put(buffer, IPVS_SVC_ATTR_FLAGS, &flags, sizeof flags);
    Put32(buffer, IPVS_SVC_ATTR_TIMEOUT, 0);
    Put32(buffer, IPVS_SVC_ATTR_NETMASK, ~0u);
  }
  Unnest(buffer, nest);
}

static void PutDestination(Buffer* buffer, unsigned destination, uint32_t weight) {
  const size_t nest = Nest(buffer, IPVS_CMD_ATTR_DEST);
  Put16(buffer, IPVS_DEST_ATTR_ADDR_FAMILY, AF_INET);
  PutAddress(buffer, IPVS_DEST_ATTR_ADDR,
             10u << 24 | (100 + (destination >> 16)) << 16 | (destination & 0xffff));
  Put16(buffer, IPVS_DEST_ATTR_PORT, htons(80));
  Put32(buffer, IPVS_DEST_ATTR_FWD_METHOD, IP_VS_CONN_F_MASQ);
  Put32(buffer, IPVS_DEST_ATTR_WEIGHT, weight);
  Put32(buffer, IPVS_DEST_ATTR_U_THRESH, 0);
  Put32(buffer, IPVS_DEST_ATTR_L_THRESH, 0);
  Unnest(buffer, nest);
}

// ---- The socket ----

static void Send(const void* bytes, size_t size) {
  ++calls;
  if (send(fd, bytes, size, 0) != (ssize_t)size) Fail("send");
}

static size_t Receive(void) {
  ++calls;
  const ssize_t size = recv(fd, answer, sizeof answer, 0);
  if (size < 0) Fail("recv");
  return (size_t)size;
}

static void Acknowledged(const struct nlmsghdr* message) {
  const struct nlmsgerr* error = (const void*)(message + 1);
  if (error->error == 0) return;
  errno = -error->error;
  Fail("the kernel refused");
}

// Waits for the answer to one request; a failure of any other ends the program.
static void AwaitAcknowledgement(uint32_t wanted) {
  for (;;) {
    size_t left = Receive();
    for (const struct nlmsghdr* message = (const void*)answer; NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type != NLMSG_ERROR) continue;
      Acknowledged(message);
      if (message->nlmsg_seq == wanted) return;
    }
  }
}

static void Open(void) {
  fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
  const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  if (fd < 0 || connect(fd, (const struct sockaddr*)&kernel, sizeof kernel) != 0) Fail("socket");
  const int on = 1;
  const int room = 1 << 20;
  setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);

  Buffer buffer = {0};
  const size_t start = Begin(&buffer, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY);
  Put(&buffer, CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME, sizeof IPVS_GENL_NAME);
  End(&buffer, start);
  Send(buffer.bytes, buffer.size);
  free(buffer.bytes);
  const size_t size = Receive();
  const struct nlmsghdr* message = (const void*)answer;
  if (message->nlmsg_type == NLMSG_ERROR) Acknowledged(message);
  for (size_t at = NLMSG_HDRLEN + GENL_HDRLEN; at + NLA_HDRLEN <= size;) {
    const struct nlattr* attribute = (const void*)(answer + at);
    if (attribute->nla_type == CTRL_ATTR_FAMILY_ID) {
      memcpy(&family, attribute + 1, sizeof family);
      return;
    }
    at += NLA_ALIGN(attribute->nla_len);
  }
  errno = ENOENT;
  Fail("no family IPVS");
}

// ---- What is measured ----

// Requests that are ready to leave, a batch each.
typedef struct {
  Buffer buffer;
  size_t* ends;
  uint32_t* last;
  size_t batches;
  size_t start;   // of the batch under way
  size_t latest;  // request
  size_t requests;
} Batches;

static void Cut(Batches* batches) {
  if (batches->requests == 0) return;
  struct nlmsghdr* last = (void*)(batches->buffer.bytes + batches->latest);
  last->nlmsg_flags |= NLM_F_ACK;
  batches->ends = realloc(batches->ends, (batches->batches + 1) * sizeof *batches->ends);
  batches->last = realloc(batches->last, (batches->batches + 1) * sizeof *batches->last);
  if (batches->ends == NULL || batches->last == NULL) Fail("realloc");
  batches->ends[batches->batches] = batches->start = batches->buffer.size;
  batches->last[batches->batches++] = last->nlmsg_seq;
  batches->requests = 0;
}

static void Request(Batches* batches, unsigned service, int destination, uint8_t command,
                    uint32_t weight) {
  Buffer* buffer = &batches->buffer;
  batches->latest = Begin(buffer, family, 0, command);
  PutService(buffer, service, destination < 0);
  if (destination >= 0) PutDestination(buffer, (unsigned)destination, weight);
  End(buffer, batches->latest);
  ++batches->requests;
  if (buffer->size - batches->start >= kBatchBytes || batches->requests == kBatchRequests) {
    Cut(batches);
  }
}

static void Carry(const Batches* batches) {
  size_t start = 0;
  for (size_t index = 0; index < batches->batches; ++index) {
    Send(batches->buffer.bytes + start, batches->ends[index] - start);
    AwaitAcknowledgement(batches->last[index]);
    start = batches->ends[index];
  }
}

static double Create(unsigned services, unsigned destinations) {
  Batches batches = {0};
  for (unsigned service = 0; service < services; ++service) {
    Request(&batches, service, -1, IPVS_CMD_NEW_SERVICE, 0);
    for (unsigned each = 0; each < destinations; ++each) {
      Request(&batches, service, (int)each, IPVS_CMD_NEW_DEST, 1);
    }
  }
  Cut(&batches);
  const double start = Now();
  Carry(&batches);
  return Now() - start;
}

// Gives all destinations another weight.
static double Weigh(unsigned services, unsigned destinations, uint32_t weight) {
  Batches batches = {0};
  for (unsigned service = 0; service < services; ++service) {
    for (unsigned each = 0; each < destinations; ++each) {
      Request(&batches, service, (int)each, IPVS_CMD_SET_DEST, weight);
    }
  }
  Cut(&batches);
  const double start = Now();
  Carry(&batches);
  return Now() - start;
}

static void SendWeight(Buffer* buffer, unsigned service, uint32_t weight) {
  buffer->size = 0;
  const size_t request = Begin(buffer, family, NLM_F_ACK, IPVS_CMD_SET_DEST);
  PutService(buffer, service, false);
  PutDestination(buffer, 0, weight);
  End(buffer, request);
  Send(buffer->bytes, buffer->size);
  AwaitAcknowledgement(sequence - 1);
}

// Gives a destination of each of some services another weight, one request after the other.
static double Single(unsigned services, unsigned count, uint32_t weight) {
  Buffer buffer = {0};
  const double start = Now();
  for (unsigned index = 0; index < count; ++index) SendWeight(&buffer, index % services, weight);
  return Now() - start;
}

// ---- What gets dear ----

// Sends what is ready and forgets it; answers how long that took.
static double Finish(Batches* batches) {
  Cut(batches);
  const double start = Now();
  Carry(batches);
  const double milliseconds = Now() - start;
  batches->buffer.size = batches->start = batches->batches = 0;
  return milliseconds;
}

static void RequestServices(Batches* batches, unsigned first, unsigned count) {
  for (unsigned each = 0; each < count; ++each) {
    Request(batches, first + each, -1, IPVS_CMD_NEW_SERVICE, 0);
  }
}

// The same for so many destinations, a hundred to a service, in their order or in the reverse one.
static void RequestMany(Batches* batches, unsigned from, unsigned to, bool reverse,
                        uint8_t command) {
  for (unsigned each = from; each < to; ++each) {
    const unsigned which = reverse ? to - 1 - (each - from) : each;
    Request(batches, which / 100, (int)(which % 100), command, 1);
  }
}

// Adds destinations while others are in the trash: new ones, or again those that went there first
// or last.
static double Trash(unsigned trashed, unsigned count, const char* which) {
  Batches batches = {0};
  const unsigned services = (trashed + count + 99) / 100;
  RequestServices(&batches, 0, services + (count + 99) / 100);
  RequestMany(&batches, 0, trashed, false, IPVS_CMD_NEW_DEST);
  RequestMany(&batches, 0, trashed, false, IPVS_CMD_DEL_DEST);
  Finish(&batches);
  if (strcmp(which, "first") == 0) {
    RequestMany(&batches, 0, count, false, IPVS_CMD_NEW_DEST);
  } else if (strcmp(which, "last") == 0) {
    RequestMany(&batches, trashed - count, trashed, true, IPVS_CMD_NEW_DEST);
  } else {
    RequestMany(&batches, services * 100, services * 100 + count, false, IPVS_CMD_NEW_DEST);
  }
  return Finish(&batches);
}

// Makes a table again that was flushed.
static double Again(unsigned services, unsigned destinations) {
  Create(services, destinations);
  Batches batches = {0};
  batches.latest = Begin(&batches.buffer, family, 0, IPVS_CMD_FLUSH);
  End(&batches.buffer, batches.latest);
  ++batches.requests;
  Finish(&batches);
  return Create(services, destinations);
}

// Gives destinations of one service, from all over it, another weight; or adds one and removes it.
static double One(const char* name, unsigned destinations, unsigned count, bool weighs) {
  Batches batches = {0};
  scheduler = name;
  RequestServices(&batches, 0, 1);
  for (unsigned each = 0; each < destinations; ++each) {
    Request(&batches, 0, (int)each, IPVS_CMD_NEW_DEST, 1);
  }
  Finish(&batches);
  for (unsigned each = 0; each < count; ++each) {
    const int which = (int)((unsigned long)each * 7919 % destinations);
    if (weighs) {
      Request(&batches, 0, which, IPVS_CMD_SET_DEST, 2 + each % 2);
    } else {
      const uint8_t command = each % 2 == 0 ? IPVS_CMD_NEW_DEST : IPVS_CMD_DEL_DEST;
      Request(&batches, 0, (int)destinations, command, 1);
    }
  }
  return Finish(&batches);
}

// ---- Lists ----

// One object, as what there is of its attributes.
typedef struct {
  uint32_t address[4];
  uint64_t counters[10];
  uint32_t words[12];
  char scheduler[16];
} Object;

static void ReadCounters(const struct nlattr* nest, Object* object) {
  const unsigned char* at = (const void*)(nest + 1);
  const unsigned char* end = (const unsigned char*)nest + nest->nla_len;
  while (at + NLA_HDRLEN <= end) {
    const struct nlattr* attribute = (const void*)at;
    const uint16_t type = attribute->nla_type & NLA_TYPE_MASK;
    if (type >= 1 && type <= 10) memcpy(&object->counters[type - 1], attribute + 1, 8);
    at += NLA_ALIGN(attribute->nla_len);
  }
}

static void ReadObject(const struct nlattr* nest, Object* object, uint16_t address_type,
                       uint16_t counters_type) {
  const unsigned char* at = (const void*)(nest + 1);
  const unsigned char* end = (const unsigned char*)nest + nest->nla_len;
  while (at + NLA_HDRLEN <= end) {
    const struct nlattr* attribute = (const void*)at;
    const uint16_t type = attribute->nla_type & NLA_TYPE_MASK;
    const size_t size = attribute->nla_len - (size_t)NLA_HDRLEN;
    if (type == address_type) {
      memcpy(object->address, attribute + 1, sizeof object->address);
    } else if (type == counters_type) {
      ReadCounters(attribute, object);
    } else if (type == IPVS_SVC_ATTR_SCHED_NAME && size > 4 && size <= sizeof object->scheduler) {
      memcpy(object->scheduler, attribute + 1, size);
    } else if (size <= 4 && type < 12) {
      memcpy(&object->words[type], attribute + 1, size);
    }
    at += NLA_ALIGN(attribute->nla_len);
  }
}

// Reads the objects of one message up to the end of the answer; returns how many there are now.
static size_t ReadAnswer(bool services, Object** objects, size_t count, size_t* room, bool dump) {
  const uint16_t address = services ? IPVS_SVC_ATTR_ADDR : IPVS_DEST_ATTR_ADDR;
  const uint16_t counters = services ? IPVS_SVC_ATTR_STATS64 : IPVS_DEST_ATTR_STATS64;
  for (;;) {
    size_t left = Receive();
    for (const struct nlmsghdr* message = (const void*)answer; NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE) return count;
      if (message->nlmsg_type == NLMSG_ERROR) {
        Acknowledged(message);
        return count;
      }
      if (count == *room) {
        *room = *room * 2 + 64;
        *objects = realloc(*objects, *room * sizeof **objects);
        if (*objects == NULL) Fail("realloc");
      }
      const unsigned char* at = (const unsigned char*)message + NLMSG_HDRLEN + GENL_HDRLEN;
      memset(&(*objects)[count], 0, sizeof **objects);
      ReadObject((const void*)at, &(*objects)[count], address, counters);
      ++count;
      if (!dump) return count;
    }
  }
}

typedef struct {
  Object* objects;
  size_t count;
  size_t room;
} List;

// Lists every service, and the destinations of each.
static double DumpInto(List* services, List* destinations) {
  calls = 0;
  destinations->count = 0;
  const double start = Now();
  Buffer buffer = {0};
  End(&buffer, Begin(&buffer, family, NLM_F_DUMP, IPVS_CMD_GET_SERVICE));
  Send(buffer.bytes, buffer.size);
  services->count = ReadAnswer(true, &services->objects, 0, &services->room, true);
  for (size_t index = 0; index < services->count; ++index) {
    const Object* service = &services->objects[index];
    buffer.size = 0;
    const size_t request = Begin(&buffer, family, NLM_F_DUMP, IPVS_CMD_GET_DEST);
    const size_t nest = Nest(&buffer, IPVS_CMD_ATTR_SERVICE);
    Put16(&buffer, IPVS_SVC_ATTR_AF, (uint16_t)service->words[IPVS_SVC_ATTR_AF]);
    Put16(&buffer, IPVS_SVC_ATTR_PROTOCOL, (uint16_t)service->words[IPVS_SVC_ATTR_PROTOCOL]);
    Put(&buffer, IPVS_SVC_ATTR_ADDR, service->address, sizeof service->address);
    Put16(&buffer, IPVS_SVC_ATTR_PORT, (uint16_t)service->words[IPVS_SVC_ATTR_PORT]);
    Unnest(&buffer, nest);
    End(&buffer, request);
    Send(buffer.bytes, buffer.size);
    destinations->count =
        ReadAnswer(false, &destinations->objects, destinations->count, &destinations->room, true);
  }
  return Now() - start;
}

// Twice: the second time the pages are there, as those of a program that lists more than once.
static double Dump(size_t* count, size_t* bytes) {
  List services = {0};
  List destinations = {0};
  DumpInto(&services, &destinations);
  const double milliseconds = DumpInto(&services, &destinations);
  *count = destinations.count;
  *bytes = (services.count + destinations.count) * sizeof(Object);
  return milliseconds;
}

static double Statistics(unsigned services, unsigned count) {
  Object* objects = NULL;
  size_t room = 0;
  Buffer buffer = {0};
  const double start = Now();
  for (unsigned index = 0; index < count; ++index) {
    buffer.size = 0;
    const size_t request = Begin(&buffer, family, 0, IPVS_CMD_GET_SERVICE);
    PutService(&buffer, index % services, false);
    End(&buffer, request);
    Send(buffer.bytes, buffer.size);
    if (ReadAnswer(true, &objects, 0, &room, false) != 1) Fail("no answer");
  }
  return Now() - start;
}

// ---- With an event loop ----

// What any program pays that never blocks its event loop: the request is made on a thread, which
// tells the loop of the answer. The same requests as those of Single.
typedef struct {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  bool waiting;
  bool over;
  int wakeup;
  unsigned services;
  uint32_t weight;
} Desk;

static void* Work(void* argument) {
  Desk* desk = argument;
  Buffer buffer = {0};
  unsigned index = 0;
  pthread_mutex_lock(&desk->mutex);
  for (;;) {
    while (!desk->waiting && !desk->over) pthread_cond_wait(&desk->changed, &desk->mutex);
    if (desk->over) break;
    desk->waiting = false;
    pthread_mutex_unlock(&desk->mutex);
    SendWeight(&buffer, index++ % desk->services, desk->weight);
    const uint64_t one = 1;
    if (write(desk->wakeup, &one, sizeof one) != sizeof one) Fail("write");
    pthread_mutex_lock(&desk->mutex);
  }
  pthread_mutex_unlock(&desk->mutex);
  return NULL;
}

static double Handover(unsigned services, unsigned count, uint32_t weight) {
  Desk desk = {.mutex = PTHREAD_MUTEX_INITIALIZER,
               .changed = PTHREAD_COND_INITIALIZER,
               .wakeup = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
               .services = services,
               .weight = weight};
  const int loop = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN};
  pthread_t thread;
  if (epoll_ctl(loop, EPOLL_CTL_ADD, desk.wakeup, &event) != 0) Fail("epoll_ctl");
  if (pthread_create(&thread, NULL, Work, &desk) != 0) Fail("pthread_create");
  const double start = Now();
  for (unsigned index = 0; index < count; ++index) {
    pthread_mutex_lock(&desk.mutex);
    desk.waiting = true;
    pthread_mutex_unlock(&desk.mutex);
    pthread_cond_signal(&desk.changed);
    uint64_t value;
    if (epoll_wait(loop, &event, 1, -1) != 1) Fail("epoll_wait");
    if (read(desk.wakeup, &value, sizeof value) != sizeof value) Fail("read");
  }
  const double milliseconds = Now() - start;
  pthread_mutex_lock(&desk.mutex);
  desk.over = true;
  pthread_mutex_unlock(&desk.mutex);
  pthread_cond_signal(&desk.changed);
  pthread_join(thread, NULL);
  return milliseconds;
}

// ---- Connections ----

typedef struct {
  uint32_t addresses[3];
  uint32_t expires;
  uint16_t ports[3];
  char protocol[4];
  char state[16];
} Entry;

static uint32_t Hexadecimal(const char** at) {
  uint32_t value = 0;
  for (;; ++*at) {
    const char digit = **at;
    if (digit >= '0' && digit <= '9')
      value = value << 4 | (uint32_t)(digit - '0');
    else if (digit >= 'A' && digit <= 'F')
      value = value << 4 | (uint32_t)(digit - 'A' + 10);
    else
      return value;
  }
}

static void SkipSpaces(const char** at) {
  while (**at == ' ') ++*at;
}

// Reads a line of IPv4: TCP 0A000001 D431 0A090001 0050 0A640001 0050 ESTABLISHED     899
static void ReadLine(const char* at, Entry* entry) {
  memcpy(entry->protocol, at, 3);
  at += 3;
  for (int index = 0; index < 3; ++index) {
    SkipSpaces(&at);
    entry->addresses[index] = Hexadecimal(&at);
    SkipSpaces(&at);
    entry->ports[index] = (uint16_t)Hexadecimal(&at);
  }
  SkipSpaces(&at);
  size_t length = 0;
  while (*at != ' ' && length < sizeof entry->state - 1) entry->state[length++] = *at++;
  entry->state[length] = 0;
  SkipSpaces(&at);
  entry->expires = 0;
  while (*at >= '0' && *at <= '9') entry->expires = entry->expires * 10 + (uint32_t)(*at++ - '0');
}

static double Connections(const char* path, size_t* count) {
  enum { kRead = 64 * 1024 };
  static char text[kRead * 2];
  static Entry entries[1024];
  size_t kept = 0;
  bool heading = true;
  *count = 0;
  // The pages are there before the time begins, as those of a program that reads more than once.
  memset(text, 1, sizeof text);
  memset(entries, 1, sizeof entries);
  const double start = Now();
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) Fail(path);
  for (;;) {
    ++calls;
    const ssize_t size = read(file, text + kept, kRead);
    if (size < 0) Fail(path);
    if (size == 0) break;
    char* end = text + kept + size;
    char* line = text;
    for (char* stop; (stop = memchr(line, '\n', (size_t)(end - line))) != NULL; line = stop + 1) {
      *stop = 0;
      if (heading)
        heading = false;
      else
        ReadLine(line, &entries[(*count)++ % 1024]);
    }
    kept = (size_t)(end - line);
    memmove(text, line, kept);
  }
  close(file);
  return Now() - start;
}

int main(int count, char** words) {
  const char* work = count > 1 ? words[1] : "";
  const unsigned first = count > 2 ? (unsigned)strtoul(words[2], NULL, 10) : 0;
  const unsigned second = count > 3 ? (unsigned)strtoul(words[3], NULL, 10) : 0;
  const unsigned third = count > 4 ? (unsigned)strtoul(words[4], NULL, 10) : 0;
  size_t objects = 0;
  size_t bytes = 0;
  double milliseconds;
  const char* fourth = count > 4 ? words[4] : "";
  if (strcmp(work, "connections") == 0 && count == 3) {
    milliseconds = Connections(words[2], &objects);
  } else {
    Open();
    calls = 0;
    if (strcmp(work, "create") == 0)
      milliseconds = Create(first, second);
    else if (strcmp(work, "weigh") == 0)
      milliseconds = Weigh(first, second, third);
    else if (strcmp(work, "single") == 0)
      milliseconds = Single(first, second, third);
    else if (strcmp(work, "handover") == 0)
      milliseconds = Handover(first, second, third);
    else if (strcmp(work, "dump") == 0)
      milliseconds = Dump(&objects, &bytes);
    else if (strcmp(work, "statistics") == 0)
      milliseconds = Statistics(first, second);
    else if (strcmp(work, "trash") == 0)
      milliseconds = Trash(first, second, fourth);
    else if (strcmp(work, "again") == 0)
      milliseconds = Again(first, second);
    else if (strcmp(work, "change-one") == 0)
      milliseconds = One(fourth, first, second, true);
    else if (strcmp(work, "replace-one") == 0)
      milliseconds = One(fourth, first, second, false);
    else {
      fputs(
          "usage: limit create|weigh|single|handover|dump|statistics|connections\n"
          "             |trash|again|change-one|replace-one ...\n",
          stderr);
      return 64;
    }
  }
  printf("{\"milliseconds\":%.6f,\"calls\":%lu,\"objects\":%zu,\"bytes\":%zu,\"peak\":%zu}\n",
         milliseconds, calls, objects, bytes, Peak());
  return 0;
}
