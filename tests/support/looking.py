"""A page as a browser sees it: what it asks for and says, barriers to people, pictures of it.

`ORDO_SHOTS=<folder>` keeps what the browser saw as pictures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
SHOTS = os.environ.get("ORDO_SHOTS")


@contextmanager
def opened(chromium: Any, **options: Any) -> Iterator[Any]:
    """A page in a context of its own; what it asks for, and what its console says, is noted on it."""
    context = chromium.new_context(**{"viewport": DESK, "locale": "en-GB", **options})
    page = context.new_page()
    page.asked, page.said = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    try:
        yield page
    finally:
        context.close()


def shoot(page: Any, name: str) -> None:
    """Keep a picture of the whole page, if pictures are wanted."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def barriers(page: Any, axe: str) -> list[str]:
    """What axe finds of moderate weight or more, by rule and place."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']} ({each['impact']}): {[node['target'] for node in each['nodes']]}"
        for each in found["violations"]
        if each["impact"] in ("moderate", "serious", "critical")
    ]


def wide(page: Any) -> bool:
    """Whether anything is wider than the window."""
    width: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return width
