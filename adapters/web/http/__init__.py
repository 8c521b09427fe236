"""What carries the pages: application, guards, login, sessions, binding, server, health."""
