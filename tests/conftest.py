"""Rules for the whole suite."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator

import pytest

# A shell starts what runs in the background with Ctrl-C ignored, and so would every playbook that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI set nothing may be skipped: a skip there is a test that never runs anywhere."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report
