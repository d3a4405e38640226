"""What a source folder holds, read and never run: the Flask application, what it needs, and how it becomes an image."""
