#!/bin/sh
# header_compiles.sh INCLUDE_FOLDER: the ABI's headers are C11 and C++20 without warnings or padding, and
# the SDK C++20 without warnings, by every compiler here.
set -eu
[ $# -eq 1 ] || { echo "usage: header_compiles.sh INCLUDE_FOLDER" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
compiled=0
for header in strategy_abi.h strategy_extensions.h; do
  for compiler in gcc clang g++ clang++; do
    command -v "$compiler" >/dev/null || { echo "$compiler is not installed, left out"; continue; }
    case $compiler in *++) language="-x c++ -std=c++20" ;; *) language="-x c -std=c11" ;; esac
    # shellcheck disable=SC2086 # two words on purpose
    printf '#include <stratdock/%s>\nint known(const dock_decision *d) { return DOCK_HAS(d, reasoning) ? 1 : 0; }\nint known(const dock_decision *d);\n' "$header" |
      "$compiler" $language -Wall -Wextra -Wpedantic -Wpadded -Wshadow -Werror -I "$1" -fsyntax-only -
    compiled=$((compiled + 1))
  done
done
# The SDK too, by the C++ compilers.
for compiler in g++ clang++; do
  command -v "$compiler" >/dev/null || continue
  for source in "$here/plugins/every_feature.cpp" "$here/outside/ema_cross.cpp"; do
    "$compiler" -std=c++20 -Wall -Wextra -Wpedantic -Wshadow -Werror -I "$1" -fsyntax-only "$source"
    compiled=$((compiled + 1))
  done
done
echo "$compiled compilations without a warning"
[ "$compiled" -gt 0 ]
