"""Classics that ship with the project."""
