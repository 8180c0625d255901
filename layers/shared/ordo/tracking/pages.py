"""Pages from values: Jinja2 with everything escaped, one style sheet inside, no script and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ordo.tracking.view import Page
from ordo.tracking.words import LANGUAGES, LOCALES, OWN_NAMES, Speech

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent / "templates"
GOOD = ("received", "address", "cancelled")
NOTICES = (*GOOD, "moved_on", "not_now", "busy")
"""What a page may say of what was just done; an address cannot make it say anything else."""


@cache
def style() -> str:
    """The pages' style sheet."""
    return (FOLDER / "style.css").read_text(encoding="utf-8")


def track_page(
    page: Page,
    speech: Speech,
    here: str,
    *,
    valid: str,
    keep: str = "",
    notice: str | None = None,
    errors: Mapping[str, str] | None = None,
    entered: Mapping[str, str] | None = None,
) -> str:
    """An order's page. `here` is its own address as its browser sees it, relative; `keep` what addresses carry on."""
    said = notice if notice in NOTICES else None
    values: dict[str, Any] = {"page": page, "valid": valid, "keep": keep, "notice": said, "good": said in GOOD}
    return _render("track.html.j2", speech, here, **values, errors=errors or {}, entered=entered or {})


def problem_page(problem: str, speech: Speech, here: str) -> str:
    """What stands in place of a page: `unknown`, `expired`, `refused` or `broken`. It tells nothing of any order."""
    return _render("problem.html.j2", speech, here, problem=problem)


def _render(template: str, speech: Speech, here: str, **values: Any) -> str:
    from markupsafe import Markup

    languages = [(each, LOCALES[each], OWN_NAMES[each]) for each in LANGUAGES]
    sheet = Markup(style())  # noqa: S704  our own file, and its hash must be that of what is sent
    page = _environment().get_template(template)
    return page.render(
        say=speech, here=here, style=sheet, locale=LOCALES[speech.language], languages=languages, **values
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
