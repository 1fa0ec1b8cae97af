# The first process of a lab: makes a system around the command, runs it, and
# leaves its status in the job directory. LAB_JOB and LAB_KIND are in the
# environment, all else is in that directory. In a guest $busybox runs this, and
# the plain names are its own tools, which start much faster than the system's.
set -e
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# share NAME TARGET ACCESS CACHE: a directory of the host, NAME being a link to it in
# the job directory, because mount options cannot hold every path.
share() {
  mkdir -p "$2"
  case $LAB_KIND in
    uml) mount -t hostfs -o "$3,$LAB_JOB/$1" none "$2" ;;
    qemu) mount -t 9p -o "$3,trans=virtio,version=9p2000.L,msize=524288,cache=$4" "$1" "$2" ;;
  esac
}

make_guest() {
  # busybox finds itself by way of /proc, and this one is still the host's.
  "$busybox" mount -t proc proc /proc
  mount -t sysfs sys /sys
  grep -q ' /dev devtmpfs ' /proc/mounts || mount -t devtmpfs dev /dev
  mkdir -p /dev/shm /dev/pts
  mount -t tmpfs -o mode=1777 shm /dev/shm
  mount -t devpts -o mode=620,ptmxmode=666 pts /dev/pts
  mount -t tmpfs -o mode=755 run /run
  mount -t tmpfs -o mode=1777 tmp /tmp
  mkdir -p /run/lock /run/netns /tmp/home

  echo 1 >/proc/sys/kernel/panic_on_oops
  # Node's use of io_uring breaks user-mode Linux from 6.12 on.
  [ ! -e /proc/sys/kernel/io_uring_disabled ] || echo 2 >/proc/sys/kernel/io_uring_disabled
  # Before 5.18 a guest gathers this so slowly that Node waits for ten seconds.
  [ "$(cat /proc/sys/kernel/random/entropy_avail)" -ge 128 ] || perl -e '
    open R, ">/dev/random";
    ioctl R, 0x40085203, pack "iia*", 2048, 256, join "", map chr rand 256, 1..256;' || :
  ulimit -Hn 524288
  hostname lab

  share job "$LAB_JOB" rw none
  ln -s "$LAB_JOB" /run/lab
  cp -d /run/lab/dev/* /dev/
  # The kernel loads modules too, and would not find them.
  echo /run/lab/bin/modprobe >/proc/sys/kernel/modprobe
}

# The namespaces are there; named ones and /sys must not be the host's.
make_host() {
  mkdir -p /run/netns
  mount -t tmpfs -o mode=755 netns /run/netns
  mount -t sysfs sys /sys
}

if [ "$LAB_KIND" = host ]; then make_host; else make_guest; fi
ip link set lo up
. "$LAB_JOB/setup"

: >"$LAB_JOB/started"
# Tells a command that takes long from a kernel that stands still.
while sleep 2; do : >"$LAB_JOB/alive"; done &
status=0
setsid sh "$LAB_JOB/command" </dev/null >>"$LAB_JOB/out" 2>>"$LAB_JOB/err" || status=$?
echo "$status" >"$LAB_JOB/status.new"
mv "$LAB_JOB/status.new" "$LAB_JOB/status"
[ "$LAB_KIND" = host ] || exec poweroff -f
