"""Places we collect from: the HTTP client with its limits and guards, and one module for each kind of source."""
