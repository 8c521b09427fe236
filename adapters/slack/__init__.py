"""
Slack adapter: posting and snapshots (`chat`), payloads to events (`events`, `intake`), Socket Mode and signed HTTP
(`socket_mode`, `http_events`), commands (`commands`).

Nothing here is imported before a Slack channel is configured: the SDK costs half a second.
"""
