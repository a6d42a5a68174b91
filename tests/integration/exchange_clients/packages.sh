#!/bin/sh
# packages.sh NPM: installs the clients beside their lock file; nothing is fetched again until that changes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
stamp=$here/node_modules/.installed-lock
cmp -s "$here/package-lock.json" "$stamp" && exit 0
(cd "$here" && "$1" ci --no-audit --no-fund)
cp "$here/package-lock.json" "$stamp"
