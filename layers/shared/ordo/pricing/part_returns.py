"""Parts of bundles that come back one by one: of which bundles, and what each was worth. Pure.

A part is worth its fixed share of its own bundle, and never more than is left of that one after what was granted on it.
A bundle is with the customer while any of its parts is; when the last one came back it is a returned unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ordo.pricing.errors import RefundExceedsPaid, UnknownPart
from ordo.pricing.fates import Segment, Units
from ordo.pricing.refund_model import NOTHING, Amounts, PartSpan, ReturnedLine, ReturnedPart, Span


def return_parts(units: Units, line: ReturnedLine, pointer: str) -> Units:
    """The units with what the line says come back; raises `UnknownPart` or `RefundExceedsPaid` with a pointer."""
    for place, wanted in enumerate(line.parts):
        where = f"{pointer}/parts/{place}"
        if not 0 <= wanted.part < len(units.parts):
            raise UnknownPart(line.line_id, wanted.part, f"{where}/part")
        if line.units:
            spans = tuple(_of_named(units, line, wanted, f"{where}/quantity"))
        else:
            spans = tuple(_of_first(units, line, wanted, f"{where}/quantity"))
        units = with_parts_back(units, spans)
    return units.changed(_complete(units), returned=True)


def with_parts_back(units: Units, spans: Iterable[PartSpan]) -> Units:
    """The units with these parts come back; spans of one part are in order and do not overlap. Bundles that are
    complete by that are not marked as returned here.
    """
    by_part: dict[int, list[PartSpan]] = {}
    for span in spans:
        by_part.setdefault(span.part, []).append(span)
    for same in by_part.values():
        units = _with_one(units, same)
    return units


def parts_since(was: Segment, now: Segment) -> Iterator[PartSpan]:
    """What came back since; `worth` of them all is with the first."""
    worth = now.parts_worth - was.parts_worth
    before = was.parts or (0,) * len(now.parts)
    for part, (earlier, later) in enumerate(zip(before, now.parts, strict=True)):
        if later > earlier:
            yield PartSpan(now.start, now.count, part, later - earlier, worth)
            worth = NOTHING


def _with_one(units: Units, spans: Sequence[PartSpan]) -> Units:
    cut = units.changed(Span(each.start, each.count) for each in spans)  # so that segments begin and end with spans
    found: list[Segment] = []
    waiting = iter(spans)
    span = next(waiting, None)
    for segment in cut.segments:
        while span is not None and span.start + span.count <= segment.start:
            span = next(waiting, None)
        meant = span is not None and span.start <= segment.start
        found.append(_with(segment, span, len(units.parts)) if span is not None and meant else segment)
    return replace(cut, segments=tuple(found))


def _with(segment: Segment, span: PartSpan, number: int) -> Segment:
    parts = list(segment.parts or (0,) * number)
    parts[span.part] += span.quantity
    return replace(segment, parts=tuple(parts), parts_worth=segment.parts_worth + span.worth)


def _of_named(units: Units, line: ReturnedLine, wanted: ReturnedPart, pointer: str) -> Iterator[PartSpan]:
    """Of each of the units that the line names."""
    for unit in sorted(line.units):
        segment = units.at(unit)
        if segment is None or segment.returned or _kept(units, segment, wanted.part) < wanted.quantity:
            kept = 0 if segment is None or segment.returned else _kept(units, segment, wanted.part)
            raise _too_many(line.line_id, wanted.part, kept, pointer, unit)
        yield _span(units, segment, unit, 1, wanted.part, wanted.quantity)


def _of_first(units: Units, line: ReturnedLine, wanted: ReturnedPart, pointer: str) -> Iterator[PartSpan]:
    """Of the first bundles that have some: so those that were begun are the first to be complete."""
    missing = wanted.quantity
    for segment in units.kept():
        kept = _kept(units, segment, wanted.part)
        if not kept or not missing:
            continue
        whole = min(segment.count, missing // kept)
        if whole:
            yield _span(units, segment, segment.start, whole, wanted.part, kept)
        missing -= whole * kept
        if missing and whole < segment.count:
            yield _span(units, segment, segment.start + whole, 1, wanted.part, missing)
            missing = 0
    if missing:
        raise _too_many(line.line_id, wanted.part, wanted.quantity - missing, pointer)


def _kept(units: Units, segment: Segment, part: int) -> int:
    """How many units of a part did not come back of each bundle."""
    return units.parts[part].quantity - (segment.parts[part] if segment.parts else 0)


def _span(units: Units, segment: Segment, start: int, count: int, part: int, quantity: int) -> PartSpan:
    worth = _worth(units, segment, part, quantity)
    left = units.left(segment)
    return PartSpan(start, count, part, quantity, worth if worth.gross <= left else units.grant_amounts(left))


def _worth(units: Units, segment: Segment, part: int, quantity: int) -> Amounts:
    """What the next units of a part cost, in their fixed order, after those that came back of the bundle already."""
    gone, found = segment.parts[part] if segment.parts else 0, NOTHING
    for share in units.parts[part].shares[segment.run]:
        skipped = min(gone, share.units)
        number = min(quantity, share.units - skipped)
        found += Amounts(share.net * number, share.tax * number)
        gone -= skipped
        quantity -= number
    return found


def _complete(units: Units) -> Iterator[Span]:
    """Bundles of which every part came back."""
    every = tuple(part.quantity for part in units.parts)
    return (Span(each.start, each.count) for each in units.kept() if each.parts == every)


def _too_many(line_id: str, part: int, kept: int, pointer: str, unit: int | None = None) -> RefundExceedsPaid:
    which = f"line {line_id}" if unit is None else f"unit {unit} of line {line_id}"
    return RefundExceedsPaid(
        f"Of part {part} of {which} fewer units are with the customer.",
        pointer=pointer,
        facts={"line_id": line_id, "part": part, "kept": kept, **({} if unit is None else {"unit": unit})},
    )
