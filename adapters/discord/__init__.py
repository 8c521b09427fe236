"""
Discord adapter: digests in text, announcement and forum channels, reactions, threads, slash commands and the gateway
connection.

Nothing here is imported until a channel is on Discord: discord.py takes a noticeable part of a second to load.
"""
