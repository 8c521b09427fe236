"""For programs: the read-only JSON API and the MCP server, by token."""
