#!/bin/sh
# packages.sh NPM: installs what the browser tests and the page's type check need, beside their lock files.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
for folder in "$here" "$here/../../dashboard/web"; do
  stamp=$folder/node_modules/.installed-lock
  cmp -s "$folder/package-lock.json" "$stamp" && continue
  (cd "$folder" && "$1" ci --no-audit --no-fund)
  cp "$folder/package-lock.json" "$stamp"
done
