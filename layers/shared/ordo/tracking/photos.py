"""Photos of a form on a page: its script uploads them before the form is sent, which then names them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ordo.kernel.errors import Code, OrdoError
from ordo.shipments.evidence import CONTENT_TYPES, LIMITS, Named
from ordo.shipments.proof_model import FileKind
from ordo.tracking.actions import FormWrong
from ordo.tracking.words import Speech

_ID_LETTERS = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
_FILES = (Code.FILE_MISSING, Code.FILE_NOT_ACCEPTED)


def named_photos(text: str, kind: FileKind, most: int, speech: Speech) -> tuple[Named, ...]:
    """The uploads that the form's field names, each once; raises `FormWrong` for what is no upload, or too many."""
    ids = list(dict.fromkeys(text.split()))
    good = all(each.startswith("upl_") and len(each) == 30 and _ID_LETTERS.issuperset(each[4:]) for each in ids)
    if not good or len(ids) > most:
        raise FormWrong({"photos": speech("photos.wrong")})
    return tuple(Named(each, kind, f"/photos/{at}") for at, each in enumerate(ids))


@contextmanager
def photos_told(speech: Speech) -> Iterator[None]:
    """What is refused of a photo is told as a mistake of the form, which can be sent again."""
    try:
        yield
    except OrdoError as refused:
        if refused.code in _FILES:
            raise FormWrong({"photos": speech("photos.wrong")}) from None
        raise


def photo_config(kind: FileKind, most: int, upload: str, speech: Speech) -> dict[str, Any]:
    """What the script is told: words, limits, and the address (relative) that gives a form for each photo."""
    words = {name.removeprefix("photos.js."): text for name, text in speech.all("photos.js.")}
    return {
        "words": words,
        "limits": {"photo": LIMITS[kind]},
        "types": CONTENT_TYPES,
        "photos": most,
        "upload": upload,
    }
