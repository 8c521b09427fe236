"""The local channel as a chat platform: board, store, chat, live updates, and the pages people see."""
