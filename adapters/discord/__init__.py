"""
Discord: the digest in a text or forum channel, its reactions and threads, `/paperround`, and the gateway that tells of it all.

Nothing here is imported until a channel is on Discord: discord.py takes a noticeable part of a second to load.
"""
