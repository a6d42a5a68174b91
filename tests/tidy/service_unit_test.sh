#!/usr/bin/env bash
# service_unit_test.sh UNIT: systemd accepts the unit, and it leaves the workers the namespaces they need.
# Exit code 77 (skipped) where there is no systemd-analyze.
set -euo pipefail

unit=$1
command -v systemd-analyze >/dev/null || { echo "skipped: systemd-analyze is not installed (package systemd)"; exit 77; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The program need not be installed for the unit to be right: a program that exists stands in for it.
sed 's,^ExecStart=/usr/local/bin/stratdock ,ExecStart=/bin/true ,' "$unit" >"$folder/stratdock.service"
cmp -s "$unit" "$folder/stratdock.service" && { echo "ExecStart is not /usr/local/bin/stratdock"; exit 1; }

verify() { systemd-analyze verify --man=no --recursive-errors=no "$1" 2>&1; }
output=$(verify "$folder/stratdock.service") || { echo "$output"; exit 1; }
# Unknown keys and values are only warnings to systemd, with exit code 0: to us they are errors.
if grep -F "$folder" <<<"$output"; then exit 1; fi

# The check above can fail.
sed 's,^KillMode=mixed,KillMode=no-such-mode,' "$folder/stratdock.service" >"$folder/broken.service"
grep -q broken.service <<<"$(verify "$folder/broken.service" || true)" || { echo "a broken unit was accepted"; exit 1; }

for namespace in user pid net mnt ipc uts; do
  grep -qE "^RestrictNamespaces=.*\b$namespace\b" "$unit" || { echo "workers need the $namespace namespace"; exit 1; }
done
if grep -qE "^SystemCallFilter=.*@(mount|sandbox|process)\b" "$unit"; then echo "workers need the calls by which they shut themselves in"; exit 1; fi
echo "accepted"
