"""A real browser: Debian's Chromium, driven by Playwright, in front of a deployed fleet."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.browser.chromium import ARGUMENTS, executable
from tests.cloud import LocalCloud


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A deployed fleet whose instances may be stressed."""
    if executable() is None:
        pytest.skip("Chromium is not installed (on Debian: apt-get install chromium)")
    cloud = LocalCloud(tmp_path_factory.mktemp("cloud") / "state", {"LOCALCLOUD_TIME_SCALE": "10"})
    cloud.up()
    run = cloud.playbook("site.yml", "-e", "instance_template_stress_enabled=true")
    assert run.code == 0, run.output
    yield cloud
    cloud.down()
    shutil.rmtree(cloud.state, ignore_errors=True)


@pytest.fixture(scope="module")
def browser(cloud: LocalCloud) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


def _is_complaint(message: ConsoleMessage) -> bool:
    """An error, other than a busy instance's refusal to burn twice, which Chromium logs like any 409."""
    refused_burn = "/stress" in message.location["url"] and "409" in message.text
    return message.type == "error" and not refused_burn


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new visitor; whatever the page complains about on the console fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if _is_complaint(message) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []
