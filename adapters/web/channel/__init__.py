"""The local channel as a chat platform: board, store, chat, live updates, and how messages are shown."""
