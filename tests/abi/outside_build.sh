#!/bin/sh
# outside_build.sh BUILD_FOLDER OUT_FOLDER: installs the plugin API from a build, moves the installed tree, and builds the
# strategy in outside/ against it as an outsider would. Prints the path of the library, OUT_FOLDER/build/ema_cross.so.
set -eu
[ $# -eq 2 ] || { echo "usage: outside_build.sh BUILD_FOLDER OUT_FOLDER" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
build=$1
out=$2
rm -rf "$out"
mkdir -p "$out"
cmake --install "$build" --component plugin_api --prefix "$out/installed" >"$out/log.txt" 2>&1
# What was installed must work wherever it is moved.
mv "$out/installed" "$out/moved"
cp -R "$here/outside" "$out/source"
if ! { cmake -S "$out/source" -B "$out/build" -DCMAKE_PREFIX_PATH="$out/moved" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror" &&
       cmake --build "$out/build"; } >>"$out/log.txt" 2>&1; then
  echo "building a strategy outside the tree failed:" >&2
  cat "$out/log.txt" >&2
  exit 1
fi
"$here/exports.sh" "$out/build/ema_cross.so" >&2
echo "$out/build/ema_cross.so"
