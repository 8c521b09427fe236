"""Asking over HTTP: one request with its manners (pacing, caching, retries), its guards, and the transport beneath."""
