"""Places we collect from: the fetcher with its manners and guards, and one file a kind of source."""
