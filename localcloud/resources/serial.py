"""Serial port output: the file that a runtime writes, read from a byte position (instances.getSerialPortOutput)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_LARGEST = 1024 * 1024


@dataclass(frozen=True)
class SerialOutput:
    """A piece of the output: `contents` from byte `start`, and where to read on, `next`."""

    contents: str
    start: int
    next: int


def read_serial(log: Path | None, start: int) -> SerialOutput:
    """The output from byte `start`, at most 1 MB of it.

    Args:
        log: the file the runtime appends to; None, or one that is not there yet, is empty.
        start: byte position; negative counts from the end, as Google's does.
    """
    size = log.stat().st_size if log is not None and log.is_file() else 0
    begin = max(size + start, 0) if start < 0 else start
    if log is None or begin >= size:
        return SerialOutput("", begin, begin)
    with log.open("rb") as file:
        file.seek(begin)
        data = file.read(_LARGEST)
    return SerialOutput(data.decode("utf-8", "replace"), begin, begin + len(data))
