"""Backtest of the ranking: what a channel chose in past weeks, ranked again from what was known before each of them."""
