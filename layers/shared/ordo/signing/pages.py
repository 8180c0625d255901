"""The signing page from values: one style sheet and its own scripts inside, nothing from elsewhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, get_args

from ordo.shipments.evidence import CONTENT_TYPES, LIMITS
from ordo.shipments.proof_model import Condition, FileKind, Handover, RefusalReason, Relation
from ordo.shipments.proof_schemas import MAX_PHOTOS, MAX_POINTS
from ordo.signing.view import Handing
from ordo.signing.words import script_words
from ordo.tracking import pages
from ordo.tracking.words import Speech

FOLDER = Path(__file__).parent / "templates"
SCRIPTS = ("vendor/signature_pad.umd.min.js", "keeping.js", "pictures.js", "sending.js", "signing.js")
"""In the order in which they run."""
SHARED = ("pictures.js",)
"""Those that the tracking page has too."""


@cache
def style() -> str:
    """The style sheet: the tracking page's, that of its forms, and what is only here."""
    return pages.form_style() + (FOLDER / "sign.css").read_text(encoding="utf-8")


@cache
def scripts() -> tuple[str, ...]:
    """What the page runs."""
    return tuple((pages.FOLDER if name in SHARED else FOLDER).joinpath(name).read_text("utf-8") for name in SCRIPTS)


def sign_page(handing: Handing, speech: Speech, token: str) -> str:
    """The page of what is to be handed over. Its script gets everything that it needs in `config`."""
    config: dict[str, Any] = {
        "token": token,
        "shipment": handing.shipment_id,
        "boxes": [each.number for each in handing.boxes],
        "limits": {kind: LIMITS[FileKind(kind)] for kind in ("signature", "photo")},
        "types": CONTENT_TYPES,
        "photos": MAX_PHOTOS,
        "points": MAX_POINTS,
        "words": script_words(speech.language),
    }
    choices = {
        "handovers": list(Handover),
        "relations": get_args(Relation),
        "conditions": list(Condition),
        "reasons": get_args(RefusalReason),
    }
    return pages.render(
        FOLDER,
        "sign.html.j2",
        speech,
        token,
        sheet=style(),
        scripts=scripts(),
        page=handing,
        config=config,
        photos=MAX_PHOTOS,
        **choices,
    )


def problem_page(problem: str, speech: Speech) -> str:
    """What stands in place of the page: `unknown`, `expired` or `broken`. It tells nothing of any order."""
    return pages.render(FOLDER, "problem.html.j2", speech, "", problem=problem)
