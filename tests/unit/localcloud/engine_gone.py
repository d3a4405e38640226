"""The mark of tests that look for a Docker engine where none answers."""

from __future__ import annotations

import pytest

# The Docker client leaves the socket that it could not connect to the collector, which warns of it.
engine_gone = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
