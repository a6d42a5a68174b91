#!/bin/sh
# run_target.sh BUILD_FOLDER TARGET: feeds a target made-up input for ten seconds, or for ten minutes with STRATDOCK_SOAK=1.
# What a soak finds stays in BUILD_FOLDER/TARGET.found and is the next one's beginning; an input that breaks the target in BUILD_FOLDER/TARGET.crash-*.
set -eu
[ $# -eq 2 ] || { echo "usage: run_target.sh BUILD_FOLDER TARGET" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
if [ ! -x "$1/$2" ]; then
  echo "skipped: $1/$2 was not built (it needs clang++)"
  exit 0
fi
if [ "${STRATDOCK_SOAK:-}" = 1 ]; then
  seconds=600
else
  # Reading again what earlier runs found would take longer than the run itself.
  seconds=10
  rm -rf "$1/$2.found"
fi
seed=${STRATDOCK_SEED:-$(date +%s)}
echo "fuzzing $2 for $seconds s with seed $seed"
mkdir -p "$1/$2.found"
exec "$1/$2" "$1/$2.found" "$here/corpus/$2" -max_total_time="$seconds" -seed="$((seed % 4294967296))" -max_len=6000 -timeout=10 \
  -rss_limit_mb=1500 -dict="$here/json.dict" -artifact_prefix="$1/$2." -print_final_stats=1
