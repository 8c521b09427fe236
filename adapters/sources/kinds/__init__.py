"""The kinds of sources, each a `Source` with its options and the reader of its payload."""
