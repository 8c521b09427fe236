#!/usr/bin/env bash
# Installs axe-core, which examines pages for what keeps people out, beside its tests and out of git. Needs npm.
# The lock pins its hash and names no registry: npm asks the one it is configured with. To renew it, after a change of package.json:
#   npm install --omit-lockfile-registry-resolved --ignore-scripts
set -euo pipefail
cd "$(dirname "$0")"

npm ci --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
echo "axe-core $(node -p 'require("./node_modules/axe-core/package.json").version') is installed."
