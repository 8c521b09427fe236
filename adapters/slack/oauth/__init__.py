"""
Shared installs: one process for several workspaces, each of which installs us by OAuth. Their tokens are kept encrypted.

Without `SLACK_CLIENT_ID` nothing in here is used: then one workspace is served, by `SLACK_BOT_TOKEN`.
"""
