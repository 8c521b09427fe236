"""The local channel: a page that is a team channel, and a `Chat` like the others."""
