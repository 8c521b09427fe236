"""What is beneath the pages: guards, sessions, binding, the server, health, static files."""
