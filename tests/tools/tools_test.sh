#!/usr/bin/env bash
# tools_test.sh PROJECT: what tools/run, tools/test and tools/setup say and do on machines that are not ready.
# Other machines are made of stand-ins for dpkg-query, id, sudo, apt-get and df in front of PATH; nothing is installed.
set -euo pipefail

project=$1
folder=$(mktemp -d)
server=
cleanup() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap cleanup EXIT
mkdir "$folder/bin" "$folder/project"
# A copy, so that build/ of the project is neither seen nor touched.
cp -r "$project/tools" "$project/CMakePresets.json" "$folder/project/"
cd "$folder/project"
mkdir configs
printf 'mode: paper\n' >configs/demo.yaml

failed=0
# check TITLE: the last command's output ($output) and exit code ($status) against the patterns on stdin; "! x": must not appear.
check() {
  local pattern
  while IFS= read -r pattern; do
    case $pattern in
      '! '*) ! grep -qF -- "${pattern#! }" <<<"$output" || { echo "$1: says: ${pattern#! }"; failed=1; } ;;
      'exit '*) [ "$status" -eq "${pattern#exit }" ] || { echo "$1: exit code $status, not ${pattern#exit }"; failed=1; } ;;
      *) grep -qF -- "$pattern" <<<"$output" || { echo "$1: does not say: $pattern"; failed=1; } ;;
    esac
  done
  if [ "$failed" -ne 0 ]; then printf '%s\n' "$output"; exit 1; fi
  echo "passed: $1"
}
# stand_in NAME: the script on stdin is found before the program of this name.
stand_in() {
  { echo '#!/bin/sh'; cat; } >"$folder/bin/$1"
  chmod +x "$folder/bin/$1"
}
run() {
  status=0
  output=$(PATH="$folder/bin:$PATH" "$@" 2>&1 </dev/null) || status=$?
}
# Only what these scripts themselves need can be found: a machine without compiler, node or sudo.
bare_path=$folder/bare
mkdir "$bare_path"
for program in bash sh awk cat date df dirname env grep head id mkdir mktemp nproc printf readlink sed tail timeout tr; do
  ln -s "$(command -v "$program")" "$bare_path/$program"
done
run_bare() {
  status=0
  output=$(PATH="$folder/bin:$bare_path" "$@" 2>&1 </dev/null) || status=$?
}

stand_in dpkg-query <<<'printf "ca-certificates installed\ng++ installed\nlibzip-dev:amd64 installed\ncmake config-files\n"'
stand_in id <<<'echo 1000'
# shellcheck disable=SC2016 # these are the stand-in's own variables
stand_in apt-get <<<'echo "apt-get $*" >>"$APT_LOG"'
export APT_LOG=$folder/apt.log
unset STRATDOCK_JOBS

run_bare tools/setup --list
check "only what is missing is listed, with its version" <<'SAYS'
exit 0
cmake=3.25*
nodejs=18.*
! g++
! libzip-dev
! catch2
SAYS

if grep -qs '^VERSION_ID="12"' /etc/os-release && grep -qs '^ID=debian' /etc/os-release; then
  for command in "tools/run" "tools/test --quick"; do
    # shellcheck disable=SC2086 # a command and its argument
    run_bare $command
    check "$command without root and sudo: one line for root, nothing tried" <<'SAYS'
exit 1
only root may install them
su -c 'apt-get update && apt-get install -y --no-install-recommends cmake ninja-build
Then start the same command again as yourself.
SAYS
  done
  [ ! -e "$APT_LOG" ] || { echo "apt-get was called"; exit 1; }

  # Through a proxy, so that no host is asked; the stand-in for apt-get installs nothing and then fails.
  stand_in sudo <<<'exec "$@"'
  run_bare env http_proxy=http://127.0.0.1:9 tools/setup
  check "with sudo: lists first, then the packages by name and version" <<'SAYS'
exit 0
sudo may ask for your password
Fetching Debian's package lists
Installing
SAYS
  grep -q 'install --no-install-recommends cmake=3.25\* ' "$APT_LOG" || { cat "$APT_LOG"; exit 1; }

  stand_in apt-get <<<'echo "E: Unable to fetch some archives"; exit 100'
  run_bare env http_proxy=http://127.0.0.1:9 tools/setup
  check "a failing apt-get ends it, with apt's own words" <<'SAYS'
exit 1
E: Unable to fetch some archives
error: Fetching Debian's package lists: failed
! Installing
SAYS
fi

stand_in df <<<'printf "Filesystem 1M-blocks Used Available Capacity Mounted\n/dev/x 9000 8900 100 99%% /\n"'
run tools/run
check "a full disk is seen before anything is done" <<'SAYS'
exit 1
building needs 4096 MiB of disk; 100 MiB are free
SAYS
rm "$folder/bin/df"

run tools/run no-such.yaml
check "a configuration that is not there" <<'SAYS'
exit 1
cannot run no-such.yaml: there is no such file
configs/demo.yaml
SAYS

python3 -u - >"$folder/port" <<'SERVER' &
import socket, time
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
print(listener.getsockname()[1])
time.sleep(60)
SERVER
server=$!
for _ in $(seq 200); do
  [ -s "$folder/port" ] && break
  sleep 0.05
done
port=$(cat "$folder/port")
printf 'bots:\n  port: {}\ndashboard:\n  port: %s\n' "$port" >configs/port.yaml
run tools/run configs/port.yaml
check "a taken port names its process" <<SAYS
exit 1
port $port is taken by python
(pid $server)
port: $((port + 1))
SAYS

# shellcheck source=tools/lib/common.sh
jobs_with() { (if [ -z "${jobs_wanted:-}" ]; then unset STRATDOCK_JOBS; else STRATDOCK_JOBS=$jobs_wanted; fi; . tools/lib/common.sh && nproc() { echo 16; } && eval "memory_mib() { echo $1; }" && job_count); }
for expectation in "512 1" "3200 2" "100000 16"; do
  read -r memory jobs <<<"$expectation"
  [ "$(jobs_with "$memory")" = "$jobs" ] || { echo "$memory MiB: $(jobs_with "$memory") jobs, not $jobs"; exit 1; }
done
[ "$(jobs_wanted=3 jobs_with 512)" = 3 ] || { echo "STRATDOCK_JOBS is not heeded"; exit 1; }
echo "passed: as many jobs as memory allows"
