#!/bin/sh
# exports.sh LIBRARY...: a strategy library shows stratdock_entry_v1 and nothing else.
set -eu
[ $# -gt 0 ] || { echo "usage: exports.sh LIBRARY..." >&2; exit 2; }
for library in "$@"; do
  found=$(nm -D --defined-only "$library" | awk '{ print $NF }')
  if [ "$found" != stratdock_entry_v1 ]; then
    echo "$library exports, instead of stratdock_entry_v1 alone:" >&2
    echo "$found" >&2
    exit 1
  fi
  echo "$library: one export"
done
