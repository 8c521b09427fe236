#!/usr/bin/env bash
# Installs discord-components, by which others draw Discord's messages, and a parser of Discord's markdown, beside the tests and out of git.
# Only the pictures of the documentation want them. Needs npm.
# The lock pins its hashes and names no registry: npm asks the one it is configured with. To renew it, after a change of package.json:
#   npm install --omit-lockfile-registry-resolved --ignore-scripts
set -euo pipefail
cd "$(dirname "$0")"

npm ci --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
echo "discord-components $(node -p 'require("./node_modules/@skyra/discord-components-core/package.json").version') is installed."
