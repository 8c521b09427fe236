"""The repositories of `bot.ports`, on SQLAlchemy Core: one file for each subject, each given the connection of its unit of work."""
