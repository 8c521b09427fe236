"""Ranking adapter: the worker process that computes relevance, and the cache of works' features."""
