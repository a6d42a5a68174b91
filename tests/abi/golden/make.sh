#!/bin/sh
# make.sh 1.N: freezes a minor, once, when it is released: its headers, its layout, libraries by gcc and clang, and what they
# decide. Put its plain.c and sdk.cpp into tests/abi/golden/1.N first: those of the minor before, with what is new in use.
# Needs gcc, clang and a built program (STRATDOCK_BINARY, else build/release/bin/stratdock).
set -eu
[ $# -eq 1 ] || { echo "usage: make.sh 1.N" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
minor=$1
folder=$here/$minor
if ! [ -f "$folder/plain.c" ] || ! [ -f "$folder/sdk.cpp" ]; then
  echo "freezing $minor: $folder has no plain.c and sdk.cpp; copy and extend those of the minor before" >&2
  exit 1
fi
if ls "$folder"/*.so >/dev/null 2>&1; then
  echo "freezing $minor: $folder has its libraries already, and what was released is never rebuilt" >&2
  exit 1
fi
if ! grep -q "define DOCK_ABI_MINOR ${minor#1.}u" "$root/plugin_api/include/stratdock/strategy_abi.h"; then
  echo "freezing $minor: the header says another minor; set DOCK_ABI_MINOR to ${minor#1.}u" >&2
  exit 1
fi
mkdir -p "$folder/include/stratdock"
cp "$root"/plugin_api/include/stratdock/strategy_abi.h "$root"/plugin_api/include/stratdock/strategy_extensions.h "$folder/include/stratdock/"
python3 -B "$here/layout.py" "$folder/include" >"$folder/layout.txt"
cd "$here"
STRATDOCK_SOURCE=$root python3 -B - "$folder" "$root/plugin_api/include" <<'PYTHON'
import os, sys, tempfile
sys.path.insert(0, os.getcwd())
import golden
folder, include = sys.argv[1:]
for compiler in ("gcc", "clang"):
    golden.build(f"{folder}/plain_{compiler}.so", compiler, f"{folder}/plain.c", include)
for name, compiler in (("gcc", "g++"), ("clang", "clang++")):
    golden.build(f"{folder}/sdk_{name}.so", compiler, f"{folder}/sdk.cpp", include)
with tempfile.TemporaryDirectory() as temporary:
    candles = golden.candles(temporary + "/candles.csv")
    for name in ("plain", "sdk"):
        with open(f"{folder}/{name}.csv", "wb") as out:
            out.write(golden.decide(f"{folder}/{name}_gcc.so", f"golden.{name}", candles))
PYTHON
ls -l "$folder"
