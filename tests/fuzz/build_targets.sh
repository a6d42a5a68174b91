#!/bin/sh
# build_targets.sh BUILD_FOLDER: builds the fuzzing targets with clang, only the sources that they need.
set -eu
[ $# -eq 1 ] || { echo "usage: build_targets.sh BUILD_FOLDER" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v clang++ >/dev/null; then
  echo "skipped: clang++ is not installed (Debian: clang)"
  exit 0
fi
launcher=
if command -v ccache >/dev/null; then launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
cmake -S "$here/targets" -B "$1" -DCMAKE_CXX_COMPILER=clang++ $launcher
cmake --build "$1" -j "$(nproc)"
