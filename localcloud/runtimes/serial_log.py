"""Serial port 1 of an instance as a file of bounded size, with positions that never go back."""

from __future__ import annotations

from pathlib import Path

LIMIT_BYTES = 1024 * 1024
"""What the file may grow to before its older part is dropped (Google keeps the last megabyte)."""
_KEPT_BYTES = LIMIT_BYTES // 4


class SerialLog:
    """The file an instance's output is appended to.

    The writer holds the file open in append mode, so it is cut in place: a line written in the very moment of the
    cut can be lost, as on a serial console that nobody reads.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._dropped_file = file.with_suffix(".dropped")

    def append(self, line: str) -> None:
        """Add one line of the machine's own."""
        with self.file.open("a") as stream:
            stream.write(line + "\n")

    def bound(self) -> None:
        """Drop the older part when the file has outgrown its limit."""
        size = self._size()
        if size <= LIMIT_BYTES:
            return
        with self.file.open("r+b") as stream:
            stream.seek(size - _KEPT_BYTES)
            kept = stream.read()
            self._dropped_file.write_text(str(self._dropped() + size - _KEPT_BYTES))
            stream.seek(0)
            stream.write(kept)
            stream.truncate()

    def read(self, start: int) -> tuple[str, int]:
        """The text from byte position `start` (or the oldest kept) and the position after it."""
        dropped = self._dropped()
        if not self.file.exists():
            return "", dropped
        with self.file.open("rb") as stream:
            stream.seek(max(0, start - dropped))
            data = stream.read()
            return data.decode(errors="replace"), dropped + stream.tell()

    def _size(self) -> int:
        return self.file.stat().st_size if self.file.exists() else 0

    def _dropped(self) -> int:
        return int(self._dropped_file.read_text()) if self._dropped_file.exists() else 0
