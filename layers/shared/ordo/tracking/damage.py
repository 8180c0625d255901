"""The page on which a customer reports damage: its form, and what becomes of it when it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.orders.keys import CommandKey
from ordo.orders.model import OrderState
from ordo.shipments.evidence import CONTENT_TYPES
from ordo.shipments.model import LineQuantity
from ordo.shipments.proof_model import FileKind
from ordo.shipments.proof_service import Upload
from ordo.shipments.proving import LineUnits
from ordo.shipments.report_service import ReportDesk
from ordo.shipments.reporting import MAX_DAMAGE_PHOTOS
from ordo.tracking.actions import CLIENT, CUSTOMER, FormWrong
from ordo.tracking.photos import named_photos, photos_told
from ordo.tracking.view import named
from ordo.tracking.words import Speech

FIELD = "units."


@dataclass(frozen=True, slots=True)
class DamageLine:
    """One thing that came: the end of its field's name, what it is called, and how many."""

    key: str
    name: str
    quantity: int


def damage_lines(state: OrderState, units: Sequence[LineQuantity], speech: Speech) -> tuple[DamageLine, ...]:
    """What may be reported, in words."""
    lines = {line.line_id: line for line in state.lines}
    return tuple(DamageLine(each.key, named(lines[each.line_id], each.part, speech), each.quantity) for each in units)


def offer_photo(reports: ReportDesk, order_id: str, content_type: str) -> Upload | None:
    """A form for a photo; None when none is taken now or of this type."""
    return reports.offer(order_id, content_type) if content_type in CONTENT_TYPES else None


def report(reports: ReportDesk, order_id: str, form: Mapping[str, str], speech: Speech, salt: str) -> str:
    """Record what the form says and give the notice to show. The same form sent twice is one report.

    Raises `FormWrong` for what the customer can correct, and what `ReportDesk.report` raises.
    """
    state = reports.proofs.desk.repository.load(order_id)
    units = _units(form, reports.reportable(state), speech)
    note = " ".join(form.get("note", "")[:1000].split())
    photos = named_photos(form.get("photos", ""), FileKind.DAMAGE_PHOTO, MAX_DAMAGE_PHOTOS, speech)
    told = sha256_hex(canonical_json([sorted((each.line_id, each.part, each.quantity) for each in units), note]))
    key = CommandKey.of(CLIENT, f"{order_id}.damage.{form.get('key', '')[:40]}", "damage", order_id, told)
    with photos_told(speech):
        reports.report(units, photos, {"salt": salt, "note": note} if note else None, key, CUSTOMER)
    return "damage"


def _units(form: Mapping[str, str], may: Sequence[LineQuantity], speech: Speech) -> tuple[LineUnits, ...]:
    found = []
    for line in may:
        text = form.get(FIELD + line.key, "").strip() or "0"
        if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) <= line.quantity):
            raise FormWrong({"units": speech("damage.units_wrong")})
        if int(text):
            found.append(LineUnits(line.line_id, int(text), line.part))
    if may and not found:
        raise FormWrong({"units": speech("damage.units_wrong")})
    return tuple(found)
