#!/usr/bin/env bash
# Applies one worked example of CONTRIBUTING.md to a copy of the tree, builds what it touches and runs its checks.
# usage: worked.sh indicator|risk_rule|page    with CXX, TEST_MAIN, CORE and BUILD in the environment (ctest sets them)
set -euo pipefail
example=$1
source_tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/stratdock-worked-XXXXXX")
trap 'rm -rf "$scratch"' EXIT

tar -C "$source_tree" --exclude=node_modules -cf - core host/config host/store plugin_api dashboard configs tests/unit tests/browser |
  tar -C "$scratch" -xf -
cd "$scratch"
# Outside of any repository, so that git sees a plain folder.
if ! GIT_CEILING_DIRECTORIES=$(dirname "$scratch") git apply -C1 "$source_tree/tests/worked/$example.patch"; then
  echo "The worked example no longer fits the tree; tests/worked/README.md says how to make it anew." >&2
  exit 1
fi

# What CONTRIBUTING.md shows of the examples is in them, letter for letter.
# shellcheck disable=SC2016 # the backticks are Markdown's
shown=$(sed -n '/```diff/,/```$/s/^ *+//p' "$source_tree/CONTRIBUTING.md")
[ -n "$shown" ] || { echo "CONTRIBUTING.md shows no lines of the worked examples" >&2; exit 1; }
while IFS= read -r line; do
  if ! grep -qxF -- "+$line" "$source_tree"/tests/worked/*.patch; then
    echo "CONTRIBUTING.md shows a line that is in no patch of tests/worked: $line" >&2
    exit 1
  fi
done <<<"$shown"

# Compiles each source given to an object of its own, two at a time, with the project's warnings.
compile() {
  # shellcheck disable=SC2086,SC2016 # launcher and flags are lists that may be empty; $1 belongs to the inner shell
  printf '%s\n' "$@" | FLAGS="-std=c++20 -O0 -Wall -Wextra -Wpedantic -Wshadow -Werror -Wno-maybe-uninitialized -D_GLIBCXX_ASSERTIONS ${WORKED_FLAGS:-}" \
    xargs -P 2 -I{} sh -c '${CXX_LAUNCHER:-} "$CXX" $FLAGS -I. -Iplugin_api/include -c "$1" -o "$(echo "$1" | tr / _).o"' sh {}
}

# Links the objects and runs the cases named; a filter that matches nothing is a failure too.
run_cases() {
  # shellcheck disable=SC2086
  "$CXX" ${WORKED_FLAGS:-} ./*.o "$TEST_MAIN" "$CORE" -lyaml-cpp -o tests_of_example
  ./tests_of_example --warn NoTests "$1"
}

check_page() {
  command -v node >/dev/null || { echo "skipped: node is not installed"; exit 77; }
  local packages=$source_tree/dashboard/web/node_modules
  [ -d "$packages/preact" ] || packages=$BUILD/dashboard/web/node_modules
  [ -d "$packages/preact" ] || { echo "skipped: the page's packages are missing; build the target stratdock_dashboard first"; exit 77; }
  ln -s "$packages" dashboard/web/node_modules
  node dashboard/web/build_assets.mjs "$scratch/out"
  grep -q '^js/pages/symbols.js' out/manifest.tsv
  [ ! -e "$packages/typescript" ] || node "$packages/typescript/bin/tsc" --project dashboard/web/jsconfig.json
  compile dashboard/routes.cpp
  if [ -d "$source_tree/tests/browser/node_modules" ]; then
    ln -s "$source_tree/tests/browser/node_modules" tests/browser/node_modules
    local result=0
    node tests/browser/run.mjs --only symbols || result=$?
    [ "$result" -eq 0 ] || [ "$result" -eq 77 ] || exit "$result"
  else
    echo "not walked through in Chromium: tests/browser has no packages (npm ci --prefix tests/browser)"
  fi
}

case $example in
  indicator)
    compile tests/unit/plugin_api_indicators_test.cpp
    run_cases "VWAP*"
    ;;
  risk_rule)
    compile core/risk.cpp host/config/*.cpp tests/unit/core_risk_losing_bots_test.cpp tests/unit/config_load_test.cpp
    run_cases "*losing bots*,entries stop*"
    ;;
  page) check_page ;;
  *) echo "worked.sh: there is no example \"$example\"" >&2; exit 2 ;;
esac
