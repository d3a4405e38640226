"""What the cloud knows, in SQLite."""
