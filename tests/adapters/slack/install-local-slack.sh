#!/usr/bin/env bash
# Installs local-slack, a Slack that others wrote, beside its tests and out of git. Needs npm; there is a build for Linux on x64.
# The lock pins its hash and names no registry: npm asks the one it is configured with. To renew it, after a change of package.json:
#   npm install --omit=dev --omit-lockfile-registry-resolved --ignore-scripts
set -euo pipefail
cd "$(dirname "$0")"

if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "There is no local-slack for $(uname -sm); its tests will be skipped." >&2
    exit 0
fi
npm ci --omit=dev --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
echo "local-slack $(node_modules/local-slack-linux-x64/bin/local-slack --version) is installed."
