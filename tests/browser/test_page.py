"""The page as a visitor sees it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.cloud import LocalCloud

pytestmark = pytest.mark.timeout(300)


def test_the_page_shows_who_answered_and_the_whole_fleet(page: Page, cloud: LocalCloud) -> None:
    page.goto(cloud.url)
    name = page.locator("h1").inner_text()
    expect(page.locator("tr.this th")).to_have_text(name)
    expect(page.locator("[data-instances] tr")).to_have_count(2)
    expect(page.locator("[data-field=target-size]")).to_have_text("2")
    expect(page.locator("[data-field=range]")).to_contain_text("2 to 6")
    expect(page.get_by_text(re.compile(r"^us-central1-[abcf]$")).first).to_be_visible()


def test_reloading_visits_other_instances(page: Page, cloud: LocalCloud) -> None:
    page.goto(cloud.url)
    names = {page.locator("h1").inner_text()}
    for _ in range(12):
        page.reload()
        names.add(page.locator("h1").inner_text())
    assert len(names) == 2


def test_the_page_works_without_javascript(browser: object, cloud: LocalCloud) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(cloud.url)
    expect(page.locator("[data-instances] tr")).to_have_count(2)
    context.close()


def test_a_phone_needs_no_sideways_scrolling(page: Page, cloud: LocalCloud) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(cloud.url)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_burning_cpu_from_the_page_makes_the_group_grow_before_the_visitors_eyes(page: Page, cloud: LocalCloud) -> None:
    page.goto(cloud.url)
    page.get_by_label("Seconds").fill("60")
    for _ in range(6):
        page.get_by_role("button", name="Burn").click()
        page.wait_for_timeout(300)
    expect(page.locator("[data-field=stress]")).to_contain_text("burning")
    expect(page.locator("[data-instances] tr").nth(2)).to_be_visible(timeout=90_000)
