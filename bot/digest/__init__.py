"""Digest: what of a week's ranked works fits the team's reading time, which become its picks and which the lines below them. Pure."""
