"""A bounded load on one loopback port: `python load_generator.py PORT PATH SECONDS CONNECTIONS`.

A process of its own, so that the measuring does not share an interpreter with what is measured. Each kept-alive
connection sends a request, waits for the whole answer and sends the next (a closed loop). Prints one JSON object, the
fields of Result.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import time
from dataclasses import asdict, dataclass

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Result:
    """What one run measured."""

    requests: int
    failures: int
    seconds: float
    requests_per_second: float
    p50_ms: float
    p99_ms: float


def percentile(ordered: list[float], fraction: float) -> float:
    """The nearest-rank percentile of values in ascending order; 0 for none."""
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(fraction * len(ordered)) - 1)]


class _Connection:
    """One kept-alive connection, opened again when the server closes it."""

    def __init__(self, port: int, path: str) -> None:
        self._port = port
        self._request = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def request(self) -> int:
        """Send the request, read the whole answer, and return its status."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(HOST, self._port)
        self._writer.write(self._request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.split("content-length:", 1)[1].split("\r\n", 1)[0])
        await self._reader.readexactly(length)
        if "connection: close" in head or head.startswith("http/1.0"):
            self.close()
        return int(head.split(" ", 2)[1])

    def close(self) -> None:
        """Forget the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def _repeat(connection: _Connection, deadline: float, latencies: list[float]) -> int:
    """Request until the deadline, noting each success's seconds; return the number of failures."""
    failures = 0
    while (started := time.perf_counter()) < deadline:
        try:
            succeeded = await asyncio.wait_for(connection.request(), timeout=10) == 200
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            connection.close()
            succeeded = False
            await asyncio.sleep(0.01)  # a server that refuses must not be hammered in a busy loop
        if succeeded:
            latencies.append(time.perf_counter() - started)
        else:
            failures += 1
    connection.close()
    return failures


async def generate(port: int, path: str, seconds: float, connections: int) -> Result:
    """Load http://127.0.0.1:<port><path> with so many connections for so many seconds."""
    started = time.perf_counter()
    latencies: list[float] = []
    failures = await asyncio.gather(
        *(_repeat(_Connection(port, path), started + seconds, latencies) for _ in range(connections))
    )
    elapsed = time.perf_counter() - started
    latencies.sort()
    return Result(
        requests=len(latencies),
        failures=sum(failures),
        seconds=round(elapsed, 3),
        requests_per_second=round(len(latencies) / elapsed, 1),
        p50_ms=round(percentile(latencies, 0.5) * 1000, 2),
        p99_ms=round(percentile(latencies, 0.99) * 1000, 2),
    )


if __name__ == "__main__":
    _port, _path, _seconds, _connections = sys.argv[1:]
    _result = asyncio.run(generate(int(_port), _path, float(_seconds), int(_connections)))
    sys.stdout.write(json.dumps(asdict(_result)) + "\n")
