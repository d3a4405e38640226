"""`make pictures`: docs/images/page.png, from the deployment that runs now (make up)."""

from __future__ import annotations

import os

from playwright.sync_api import sync_playwright

from localcloud.settings import read_settings
from tests.browser.chromium import ARGUMENTS, executable
from tests.cloud import REPOSITORY


def main() -> None:
    """Visit the page until every instance has answered once, so that the picture shows them all, and take it."""
    url = read_settings(os.environ).front_end_url
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        page = browser.new_context(viewport={"width": 1200, "height": 1000}, device_scale_factor=2).new_page()
        page.goto(url)
        page.wait_for_timeout(25_000)
        page.screenshot(path=REPOSITORY / "docs" / "images" / "page.png")
        browser.close()


if __name__ == "__main__":
    main()
