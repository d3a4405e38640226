"""Releases without Docker: a snapshot of the source beside an environment of its own requirements."""
