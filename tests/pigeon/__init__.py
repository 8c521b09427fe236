"""A chat platform that nobody has, added as a real one would be: a folder, a row in the table, and settings of its own."""
