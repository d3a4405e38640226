"""What every runtime must do. A runtime's test module subclasses `RuntimeSuite` and provides the fixtures.

Fixtures to provide: `make_runtime` (a new runtime object over the state `tmp_path`, as after a restart of the local
cloud) and `machine` (a machine whose application answers `/` with its host name, `/die` by killing itself, and
`/slow?SECONDS` with the first letter at once and the others late).
"""

from __future__ import annotations

import http.client
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.runtimes.runtime import Handle, Machine, MachineState, Runtime, RuntimeFaultError
from localcloud.serial_log import SerialOutput, serial_log
from tests.unit.localcloud.runtimes.releases import eventually

MakeRuntime = Callable[[], Runtime]


def ask(runtime: Runtime, handle: Handle, path: str) -> http.client.HTTPResponse:
    """The reply of the application on guest port 5000, as soon as it begins."""
    host, port = runtime.endpoint(handle, 5000)
    reply: http.client.HTTPResponse = urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=10)
    return reply


def answer(runtime: Runtime, handle: Handle, path: str = "/") -> str:
    """What the application on guest port 5000 answers; empty when it does not."""
    try:
        with ask(runtime, handle, path) as reply:
            return str(reply.read().decode())
    except OSError:
        return ""


def serial_output(runtime: Runtime, state: Path, handle: Handle, start: int = 0) -> SerialOutput:
    """What the machine has said by now, from a position on."""
    runtime.observe(handle)
    return serial_log(state, handle["zone"], handle["name"]).read(start)


def halted(runtime: Runtime, handle: Handle) -> bool:
    return runtime.observe(handle) is MachineState.HALTED


@contextmanager
def booted(runtime: Runtime, machine: Machine) -> Iterator[Handle]:
    """A machine whose application answers; powered off and removed afterwards."""
    handle = runtime.start(machine, runtime.allocate(machine))
    try:
        eventually(lambda: answer(runtime, handle))
        yield handle
    finally:
        runtime.kill(handle)
        eventually(lambda: halted(runtime, handle))
        runtime.remove(handle)


class RuntimeSuite:
    """Tests that a runtime inherits."""

    def test_it_boots_and_answers_under_its_name(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        runtime = make_runtime()
        with booted(runtime, machine) as handle:
            assert runtime.observe(handle) is MachineState.RUNNING
            assert answer(runtime, handle) == machine.name

    def test_what_was_allocated_but_never_started_is_halted(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        runtime = make_runtime()
        handle = runtime.allocate(machine)
        assert halted(runtime, handle)
        runtime.remove(handle)

    def test_starting_twice_is_starting_once(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        runtime = make_runtime()
        with booted(runtime, machine) as handle:
            used = runtime.cpu_seconds(handle)
            assert runtime.start(machine, handle) == handle
            assert runtime.cpu_seconds(handle) >= used > 0

    def test_two_machines_share_no_address(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        runtime = make_runtime()
        other = replace(machine, name="other", identity="2", internal_ip="10.10.0.3")
        with booted(runtime, machine) as one, booted(runtime, other) as two:
            assert runtime.endpoint(one, 5000) != runtime.endpoint(two, 5000)
            assert one["metadata_port"] != two["metadata_port"]
            assert (answer(runtime, one), answer(runtime, two)) == (machine.name, "other")

    def test_machines_of_one_name_in_two_zones_are_two(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        runtime = make_runtime()
        namesake = replace(machine, zone="us-central1-b", identity="2", internal_ip="10.10.0.3")
        with booted(runtime, machine) as one:
            with booted(runtime, namesake) as two:
                assert runtime.endpoint(one, 5000) != runtime.endpoint(two, 5000)
            assert runtime.observe(one) is MachineState.RUNNING
            assert answer(runtime, one) == machine.name

    def test_a_port_that_is_not_served_refuses(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        runtime = make_runtime()
        with booted(runtime, machine) as handle:
            host, port = runtime.endpoint(handle, 5001)
            with pytest.raises(OSError, match="refused"):
                urllib.request.urlopen(f"http://{host}:{port}/", timeout=5)

    def test_stopping_lets_a_request_finish(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        runtime = make_runtime()
        with booted(runtime, machine) as handle, ask(runtime, handle, "/slow?0.6") as reply:
            begun = reply.read(1).decode()
            runtime.stop(handle, grace_seconds=10)
            assert begun + reply.read().decode() == machine.name
            eventually(lambda: halted(runtime, handle))

    def test_the_grace_is_the_longest_a_stop_takes(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        runtime = make_runtime()
        with booted(runtime, machine) as handle, ask(runtime, handle, "/slow?20") as reply:
            assert reply.read(1).decode() == machine.name[0]
            begun = time.monotonic()
            runtime.stop(handle, grace_seconds=0.3)
            eventually(lambda: halted(runtime, handle), 5)
            assert 0.3 <= time.monotonic() - begun < 3

    def test_a_halted_machine_starts_again_where_it_was(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        runtime = make_runtime()
        with booted(runtime, machine) as handle:
            runtime.stop(handle, grace_seconds=5)
            eventually(lambda: halted(runtime, handle))
            again = runtime.start(machine, handle)
            assert runtime.endpoint(again, 5000) == runtime.endpoint(handle, 5000)
            assert eventually(lambda: answer(runtime, again)) == machine.name
            assert runtime.observe(again) is MachineState.RUNNING

    def test_a_cut_off_machine_is_halted(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        runtime = make_runtime()
        with booted(runtime, machine) as handle:
            runtime.kill(handle)
            eventually(lambda: halted(runtime, handle))
            assert answer(runtime, handle) == ""

    def test_a_machine_that_dies_is_halted(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        runtime = make_runtime()
        with booted(runtime, machine) as handle:
            answer(runtime, handle, "/die")
            eventually(lambda: halted(runtime, handle))

    def test_it_is_adopted_after_a_restart(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        first = make_runtime()
        with booted(first, machine) as handle:
            second = make_runtime()
            assert second.observe(handle) is MachineState.RUNNING
            assert second.start(machine, handle) == handle
            assert answer(second, handle) == machine.name
            assert second.cpu_seconds(handle) > 0
            second.stop(handle, grace_seconds=5)
            eventually(lambda: halted(second, handle))

    def test_an_adopted_machine_that_dies_is_halted(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        first = make_runtime()
        with booted(first, machine) as handle:
            second = make_runtime()
            assert second.observe(handle) is MachineState.RUNNING
            answer(second, handle, "/die")
            eventually(lambda: halted(second, handle))

    def test_cpu_time_only_grows(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        runtime = make_runtime()
        with booted(runtime, machine) as handle:
            before = runtime.cpu_seconds(handle)
            answer(runtime, handle, "/burn?0.3")
            after = runtime.cpu_seconds(handle)
            assert 0.2 <= after - before <= 2
            runtime.kill(handle)
            eventually(lambda: halted(runtime, handle))
            assert runtime.cpu_seconds(handle) >= after

    def test_what_it_says_is_in_its_serial_log_once(
        self, make_runtime: MakeRuntime, machine: Machine, tmp_path: Path
    ) -> None:
        runtime = make_runtime()
        with booted(runtime, machine) as handle:
            first = eventually(lambda: (found := serial_output(runtime, tmp_path, handle)).contents and found)
            assert len(first.contents.encode()) == first.next
            both = serial_output(make_runtime(), tmp_path, handle).contents
            assert both.startswith(first.contents)
            assert first.contents not in both[len(first.contents) :]

    def test_what_cannot_boot_says_why(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        runtime = make_runtime()
        nothing = replace(machine, metadata={**machine.metadata, "container-image": "nothing"})
        handle = runtime.allocate(nothing)
        with pytest.raises(RuntimeFaultError, match="container-image is 'nothing'"):
            runtime.start(nothing, handle)
        assert halted(runtime, handle)
        runtime.remove(handle)
