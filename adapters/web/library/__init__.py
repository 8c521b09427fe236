"""The library's pages: what channels of every platform were sent, and what their members made of it, for whoever may read it."""
