"""Serial port 1 of an instance as a file of bounded size, with positions that never go back.

Here because two rooms meet at it: a runtime writes it, instances.getSerialPortOutput reads it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

LIMIT_BYTES = 1024 * 1024
"""What the file may grow to before its older part is dropped, and the most that is read at once, as Google's."""
_KEPT_BYTES = LIMIT_BYTES // 4

_whole = threading.Lock()
"""Held while a file is cut or read, so that no reader sees a cut half done."""


@dataclass(frozen=True)
class SerialOutput:
    """A piece of the output.

    Attributes:
        contents: text; bytes that are no UTF-8 are replaced.
        start: position of its first byte, later than the one asked for when that has been dropped.
        next: position to read on from.
    """

    contents: str
    start: int
    next: int


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
        self.file.touch(mode=0o600)
        with self.file.open("a") as stream:
            stream.write(line + "\n")

    def bound(self) -> None:
        """Drop the older part when the file has outgrown its limit."""
        size = self._size()
        if size <= LIMIT_BYTES:
            return
        with _whole, self.file.open("r+b") as stream:
            stream.seek(size - _KEPT_BYTES)
            kept = stream.read()
            # First: who is killed in between repeats output, but no position leads behind the end.
            self._remember_dropped(self._dropped() + size - _KEPT_BYTES)
            stream.seek(0)
            stream.write(kept)
            stream.truncate()

    def read(self, start: int) -> SerialOutput:
        """The output from byte position `start`, or from the oldest that is kept, at most 1 MB of it.

        Args:
            start: a negative one counts from the end.
        """
        with _whole:
            dropped = self._dropped()
            end = dropped + self._size()
            begin = max(end + start if start < 0 else start, dropped)
            if begin >= end:
                return SerialOutput("", begin, begin)
            try:
                with self.file.open("rb") as stream:
                    stream.seek(begin - dropped)
                    data = stream.read(LIMIT_BYTES)
            except FileNotFoundError:  # deleted with its instance a moment ago
                return SerialOutput("", begin, begin)
        return SerialOutput(data.decode(errors="replace"), begin, begin + len(data))

    def _size(self) -> int:
        try:
            return self.file.stat().st_size
        except FileNotFoundError:
            return 0

    def _dropped(self) -> int:
        try:
            return int(self._dropped_file.read_text())
        except FileNotFoundError:
            return 0

    def _remember_dropped(self, count: int) -> None:
        beside = self._dropped_file.with_suffix(".new")
        beside.write_text(str(count))
        beside.replace(self._dropped_file)


def instance_folder(state: Path, zone: str, instance: str) -> Path:
    """What the state folder has of an instance: `instances/ZONE/NAME`, as a name is unique in its zone only."""
    return state / "instances" / zone / instance


def serial_log(state: Path, zone: str, instance: str) -> SerialLog:
    """The serial log of an instance, under the state folder."""
    return SerialLog(instance_folder(state, zone, instance) / "serial.log")
