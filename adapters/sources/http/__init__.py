"""Asking over HTTP: one request with its limits (pacing, caching, retries), its guards, and the transport beneath."""
