"""A browser for the tests of pages: Debian's Chromium by Playwright. Without one they are skipped, in CI too.

`.ci/run` also runs where no browser can be installed, so that these tests say what they need and never fail for it:
`apt-get install chromium` (or `CHROMIUM=/path`) and `npm ci` for axe.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.browser import AXE, FLAGS, find_chromium, pages_of
from tests.support.world import World

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: make setup")


@pytest.fixture(scope="session")
def chromium() -> Iterator[playwright.Browser]:  # type: ignore[name-defined]
    """The browser, started once."""
    path = find_chromium()
    if path is None:
        pytest.skip(
            "SKIPPED: no Chromium on this machine (apt-get install chromium, or CHROMIUM=/path): pages untested"
        )
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def base(world: World) -> Iterator[str]:
    """Where the world's pages are."""
    with pages_of(world) as address:
        yield address


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which looks for barriers to people."""
    if not AXE.exists():
        pytest.skip("SKIPPED: axe-core is not there (npm ci): accessibility untested")
    return AXE.read_text(encoding="utf-8")
