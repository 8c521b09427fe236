"""
OAuth installs: one process for several workspaces, each of which installs the app. Their tokens are stored encrypted.

Without `SLACK_CLIENT_ID` nothing in here is used: then one workspace is served, by `SLACK_BOT_TOKEN`.
"""
