"""Pages from values: Jinja2 with everything escaped, one style sheet inside, no script and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ordo.aftersales.requesting import MAX_PHOTOS
from ordo.shipments.proof_model import FileKind
from ordo.shipments.reporting import MAX_DAMAGE_PHOTOS
from ordo.tracking.damage import DamageLine
from ordo.tracking.photos import photo_config
from ordo.tracking.returning import AGAIN, NOTHING, REASONS, Choices
from ordo.tracking.view import Page
from ordo.tracking.words import LANGUAGES, LOCALES, OWN_NAMES, Speech

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent / "templates"
GOOD = (
    *("received", "address", "cancelled", "damage", "messages_off", "messages_on"),
    *("return", "return_sent", "return_withdrawn"),
)
NOTICES = (*GOOD, "moved_on", "not_now", "busy")
"""What a page may say of what was just done; an address cannot make it say anything else."""


@cache
def style() -> str:
    """The pages' style sheet."""
    return (FOLDER / "style.css").read_text(encoding="utf-8")


@cache
def form_style() -> str:
    """The style sheet of pages with larger forms."""
    return style() + (FOLDER / "forms.css").read_text(encoding="utf-8")


@cache
def photo_scripts() -> tuple[str, ...]:
    """What pages whose forms take photos run; without it there are no photos, and all else works."""
    return tuple((FOLDER / name).read_text(encoding="utf-8") for name in ("pictures.js", "photos.js"))


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
    return render(FOLDER, "track.html.j2", speech, here, **values, errors=errors or {}, entered=entered or {})


def damage_page(
    number: str,
    lines: Sequence[DamageLine],
    speech: Speech,
    *,
    key: str,
    keep: str,
    track: str,
    errors: Sequence[str] = (),
    entered: Mapping[str, str] | None = None,
) -> str:
    """The form for a report of damage; `key` is the form's own, by which sending it twice is one report."""
    config = photo_config(FileKind.DAMAGE_PHOTO, MAX_DAMAGE_PHOTOS, "damage-upload", speech)
    values = {"number": number, "lines": lines, "key": key, "keep": keep, "track": track, "config": config}
    return render(
        FOLDER,
        "damage.html.j2",
        speech,
        "damage",
        sheet=form_style(),
        scripts=photo_scripts(),
        **values,
        most=MAX_DAMAGE_PHOTOS,
        errors=errors,
        entered=entered or {},
    )


def return_page(
    number: str,
    may: Choices,
    speech: Speech,
    *,
    key: str,
    keep: str,
    track: str,
    errors: Sequence[str] = (),
    entered: Mapping[str, str] | None = None,
) -> str:
    """The form by which a return is asked for; `key` is the form's own, by which sending it twice is one return."""
    return render(
        FOLDER,
        "return.html.j2",
        speech,
        "return",
        sheet=form_style(),
        scripts=photo_scripts(),
        config=photo_config(FileKind.RETURN_PHOTO, MAX_PHOTOS, "return-upload", speech),
        most=MAX_PHOTOS,
        number=number,
        may=may,
        outcomes=(*may.outcomes, AGAIN),
        ways=(*may.ways, NOTHING),
        reasons=REASONS,
        key=key,
        keep=keep,
        track=track,
        errors=errors,
        entered=entered or {},
    )


def stop_page(standing: str | None, speech: Speech, here: str, keep: str) -> str:
    """Whether messages that are not necessary go to the reader's address, with the button that changes it."""
    return render(FOLDER, "stop.html.j2", speech, here, standing=standing, keep=keep)


def problem_page(problem: str, speech: Speech, here: str) -> str:
    """What stands in place of a page: `unknown`, `expired`, `refused` or `broken`. It tells nothing of any order."""
    return render(FOLDER, "problem.html.j2", speech, here, problem=problem)


def render(
    folder: Path,
    template: str,
    speech: Speech,
    here: str,
    *,
    sheet: str | None = None,
    scripts: Sequence[str] = (),
    **values: Any,
) -> str:
    """A page by a template of `folder`, which may build on those of this one; with its own style sheet and scripts."""
    from markupsafe import Markup

    languages = [(each, LOCALES[each], OWN_NAMES[each]) for each in LANGUAGES]
    page = _environment(folder).get_template(template)
    return page.render(
        say=speech,
        here=here,
        style=Markup(sheet or style()),  # noqa: S704  our own files, and their hashes must be those of what is sent
        scripts=[Markup(each) for each in scripts],  # noqa: S704
        locale=LOCALES[speech.language],
        languages=languages,
        **values,
    )


@cache
def _environment(folder: Path) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader([folder, FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
