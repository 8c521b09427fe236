"""The local channel: a web page that is a chat platform like the others."""
