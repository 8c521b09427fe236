"""The database: tables, repositories and migrations. SQLite by default, PostgreSQL by setting."""
