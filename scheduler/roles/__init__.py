"""Roles: the parts of Paper Round as processes of their own on PostgreSQL, each of which may run any number of times."""
