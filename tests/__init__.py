"""The tests. A package, so that no package of this name that a library ships can take its place."""
