"""Slack: post and look, payload to event, commands. Nothing here yet; the web channel is the model to follow."""
