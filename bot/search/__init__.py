"""Search over works and the team's words: the query language, the tokens that are indexed, the marked excerpts. Pure."""
