"""
Slack: post and look (`chat`), payload to event (`events`, `intake`), both ways in (`socket`, `http`), what members ask (`commands`, `home`).

`build.build_slack` joins them. Nothing here is imported before a Slack channel is configured: the SDK costs half a second.
"""
