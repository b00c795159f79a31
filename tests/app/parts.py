"""Parts of the page by their names for tests, and the moment when its figures are up to date."""

from playwright.sync_api import Locator, Page


def part(page: Page, name: str) -> Locator:
    """The element that has a name for tests."""
    return page.locator(f"[data-test={name}]")


def settled(page: Page) -> None:
    """Wait until the figures belong to the levers."""
    page.wait_for_selector(".dv-card")
    page.wait_for_selector(".dv-main:not(.dv-busy)", state="attached")
