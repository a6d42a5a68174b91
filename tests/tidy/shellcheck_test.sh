#!/usr/bin/env bash
# Call: shellcheck_test.sh FOLDER. The linter finds nothing in any shell script of the project. 77 (skipped) without shellcheck.
set -euo pipefail

cd "$1"
command -v shellcheck >/dev/null || { echo "skipped: shellcheck is not installed"; exit 77; }
mapfile -t scripts < <(grep -rlIE --exclude-dir=build --exclude-dir=node_modules --exclude-dir=.git '^(#!.*\b(ba|da)?sh\b|# shellcheck shell=)' .)
[ "${#scripts[@]}" -ge 5 ] || { echo "only ${#scripts[@]} scripts found: ${scripts[*]}"; exit 1; }
printf '%s\n' "${scripts[@]}"
shellcheck "${scripts[@]}"
