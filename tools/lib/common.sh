# What tools/run, tools/test and tools/setup share: messages, timed steps, a look at the machine, the packages.
# To be sourced by bash; the caller's current folder becomes the project's.
# shellcheck shell=bash

set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$project"

# One compile of the dashboard's server takes this much (measured: up to 1.3 GiB with g++ 12 at -O2).
memory_per_job_mib=1536
# Packages (0.5 GiB to build; 1.2 GiB with the tests' browser), build tree and compiler cache.
disk_needed_mib=4096

say() { printf '==> %s\n' "$*"; }
detail() { printf '    %s\n' "$*"; }

# fail WHAT [HINT...]: the message on stderr, the hints below it, exit 1.
fail() {
  {
    printf 'error: %s\n' "$1"
    shift
    for hint in "$@"; do printf '       %s\n' "$hint"; done
  } >&2
  exit 1
}

# step TITLE COMMAND...: says what is done, does it, says how long it took.
step() {
  local title=$1 begun status=0
  shift
  say "$title"
  begun=$SECONDS
  "$@" || status=$?
  if [ "$status" -ne 0 ]; then
    fail "$title: failed after $((SECONDS - begun)) s (exit code $status)" "The lines above say why. After mending it, start the same command again: it goes on where it stopped."
  fi
  detail "took $((SECONDS - begun)) s"
}

# --- looking at the machine ---------------------------------------------------------------------------------------

# Memory that can be had now, in MiB: what the kernel offers, or less where a container has a limit.
memory_mib() {
  local available limit used
  available=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
  if [ -r /sys/fs/cgroup/memory.max ] && [ -r /sys/fs/cgroup/memory.current ]; then
    limit=$(cat /sys/fs/cgroup/memory.max)
    used=$(cat /sys/fs/cgroup/memory.current)
    if [ "$limit" != max ] && [ $(((limit - used) / 1048576)) -lt "$available" ]; then
      available=$(((limit - used) / 1048576))
    fi
  fi
  echo "$available"
}

# Compilers at once: one for each processor, fewer where memory is short. STRATDOCK_JOBS overrides.
job_count() {
  local jobs by_memory
  if [ -n "${STRATDOCK_JOBS:-}" ]; then
    echo "$STRATDOCK_JOBS"
    return
  fi
  jobs=$(nproc)
  by_memory=$(($(memory_mib) / memory_per_job_mib))
  if [ "$by_memory" -lt "$jobs" ]; then jobs=$by_memory; fi
  if [ "$jobs" -lt 1 ]; then jobs=1; fi
  echo "$jobs"
}

look_at_memory_and_disk() {
  local memory disk
  memory=$(memory_mib)
  disk=$(df -Pm "$project" | awk 'NR == 2 { print $4 }')
  detail "$(nproc) processors, $memory MiB of memory free, $disk MiB of disk free"
  # A tree that is built needs neither.
  if [ -x build/release/bin/stratdock ]; then return; fi
  if [ "$memory" -lt 1024 ]; then
    fail "building needs 1024 MiB of free memory for one compiler; $memory MiB are free" \
      "Close other programs, or add swap, then start again."
  fi
  if [ "$disk" -lt "$disk_needed_mib" ]; then
    fail "building needs $disk_needed_mib MiB of disk; $disk MiB are free where $project lies" \
      "Free some space, or move the project's folder to a larger disk."
  fi
}

# Names the process that listens on TCP port $1 ("nginx (pid 123): nginx -g ..."); prints nothing when the port is free.
port_owner() {
  local port=$1 hex inode link process
  hex=$(printf '%04X' "$port")
  # Columns of /proc/net/tcp: 2 local address:port, 4 state (0A: listening), 10 inode.
  inode=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { inode = $10 } END { print inode }' || true)
  if [ -z "$inode" ]; then return; fi
  for link in /proc/[0-9]*/fd/*; do
    if [ "$(readlink "$link" 2>/dev/null || true)" = "socket:[$inode]" ]; then
      process=${link#/proc/}
      process=${process%%/*}
      printf '%s (pid %s): %s\n' "$(cat "/proc/$process/comm")" "$process" "$(tr '\0' ' ' <"/proc/$process/cmdline")"
      return
    fi
  done
  printf 'a process of another user (as root, "ss -ltnp" names it)\n'
}

# The hosts that packages come from, asked only when something is missing: a long wait later says less than a line now.
# A machine behind a proxy reaches them by that proxy alone, so there it is left to apt and npm themselves.
look_at_network() {
  local host port address
  if [ -n "${http_proxy:-}${HTTP_PROXY:-}${https_proxy:-}${HTTPS_PROXY:-}" ] || grep -rqsi '^[^/#]*acquire::http.*proxy' /etc/apt/apt.conf /etc/apt/apt.conf.d; then
    detail "network: through the proxy that is set"
    return
  fi
  address=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    sed -n -E 's,^[[:space:]]*(deb[[:space:]].*|URIs:[[:space:]]*)(https?://[^/[:space:]]+).*,\2,p' | sed -n 1p || true)
  if [ -z "$address" ]; then return; fi
  port=80
  case $address in https:*) port=443 ;; esac
  host=${address#*://}
  case $host in *:*) port=${host##*:}; host=${host%:*} ;; esac
  if ! timeout 10 bash -c "exec 3<>/dev/tcp/$host/$port" 2>/dev/null; then
    fail "packages are missing, and $host:$port, where this machine's apt fetches them, does not answer" \
      "Check the network (or set http_proxy), then start again."
  fi
  detail "network: $host answers"
}

# --- packages -----------------------------------------------------------------------------------------------------

# missing_packages GROUP...: prints "package=version" (or "package") for every package of these groups that is not there.
missing_packages() {
  local group package version commands wanted installed
  installed=" $(dpkg-query -W -f '${binary:Package} ${db:Status-Status}\n' 2>/dev/null |
    awk '$2 == "installed" { sub(/:.*/, "", $1); printf "%s ", $1 }')"
  while read -r group package version commands; do
    case $group in '' | '#'*) continue ;; esac
    for wanted in "$@"; do
      if [ "$wanted" != "$group" ]; then continue; fi
      case $installed in *" $package "*) continue ;; esac
      if [ "$commands" != - ] && command -v "$commands" >/dev/null; then continue; fi
      if [ "$version" = - ]; then echo "$package"; else echo "$package=$version"; fi
    done
  done <tools/packages.txt
}

is_debian_12() {
  # shellcheck source=/dev/null
  [ -r /etc/os-release ] && (. /etc/os-release && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ])
}

# apt_get ARGUMENTS...: as root, or by sudo. Its talk goes to a file, of which the end is shown when it fails.
apt_get() {
  local log=build/setup.log
  local command=(env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@")
  mkdir -p build
  if [ "$(id -u)" -ne 0 ]; then command=(sudo "${command[@]}"); fi
  if ! "${command[@]}" >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    return 1
  fi
}

# install_packages GROUP...: installs what is missing of these groups, or says who can.
install_packages() {
  local missing names
  mapfile -t missing < <(missing_packages "$@")
  if [ "${#missing[@]}" -eq 0 ]; then
    detail "packages: all there"
    return
  fi
  names=$(printf '%s ' "${missing[@]%%=*}")
  if ! is_debian_12; then
    fail "these packages are missing, and Stratdock installs them by itself only on Debian 12: $names" \
      "Install them (names and versions: tools/packages.txt), then start again."
  fi
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    fail "${#missing[@]} Debian packages are missing, and only root may install them; there is no sudo here. As root, once:" \
      "su -c 'apt-get update && apt-get install -y --no-install-recommends ${names% }'" \
      "Then start the same command again as yourself."
  fi
  look_at_network
  detail "missing: ${names% }"
  if [ "$(id -u)" -ne 0 ]; then detail "sudo may ask for your password"; fi
  step "Fetching Debian's package lists" apt_get update
  step "Installing ${#missing[@]} packages and what they need: one to five minutes (details: build/setup.log)" apt_get install --no-install-recommends "${missing[@]}"
}

# --- building -----------------------------------------------------------------------------------------------------

# Configures when there is no build tree yet or the presets changed; ninja itself notices changed CMakeLists.
configure() {
  local preset=$1
  if [ -f "build/$preset/build.ninja" ] && [ ! CMakePresets.json -nt "build/$preset/build.ninja" ]; then return; fi
  step "Configuring" cmake --preset "$preset"
}

# build PRESET [TARGET...]: everything, or these targets only.
build() {
  local preset=$1 jobs
  shift
  jobs=$(job_count)
  step "Building with $jobs jobs (a first build takes minutes, the next ones seconds)" cmake --build --preset "$preset" -j "$jobs" ${1+--target "$@"}
}
