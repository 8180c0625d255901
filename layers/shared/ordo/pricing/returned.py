"""Which units of a purchase came back, and what was granted on those that did not: the state between refunds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ordo.pricing.caps import spread
from ordo.pricing.errors import RefundExceedsPaid, UnknownLine
from ordo.pricing.fates import Name, Segment, Units, merged, single_spans
from ordo.pricing.figures import Figure, charge_figure, line_figure
from ordo.pricing.model import UnitRun
from ordo.pricing.part_returns import parts_since, return_parts, with_parts_back
from ordo.pricing.refund_model import (
    NOTHING,
    Amounts,
    Grant,
    PartSpan,
    Purchase,
    RefundBooking,
    RefundRequest,
    ReturnedLine,
    Span,
)

__all__ = ["LINE", "Ledger", "Name", "figure_amounts", "kept_counts"]

LINE = "line"
_WHOLE = Span(0, 1)
"""Of a charge."""


class Ledger:
    """All lines and charges of a purchase with what became of their units, and what was refunded for them so far."""

    def __init__(self, lines: dict[Name, Units], refunded: dict[Name, Amounts]) -> None:
        self._lines = lines
        self.refunded = refunded

    @staticmethod
    def of(purchase: Purchase, booked: Iterable[RefundBooking]) -> Ledger:
        """The state after some refunds."""
        ledger = Ledger({units.name: units for units in _all_units(purchase)}, {})
        for booking in booked:
            ledger.book(booking)
        return ledger

    def book(self, booking: RefundBooking) -> None:
        """Go on to the state after one refund more."""
        for figure in booking.figures:
            name = (figure.kind, figure.figure_id)
            units = self._lines[name]
            if figure.parts_back:
                units = with_parts_back(units, figure.parts_back)
            if figure.units:
                units = units.changed(figure.units, returned=True)
            if figure.grants:
                units = units.changed(figure.grants)
            self._lines[name] = units
            self.refunded[name] = self.refunded.get(name, NOTHING) + figure.total

    def copy(self) -> Ledger:
        """The same, to go on from."""
        return Ledger(dict(self._lines), dict(self.refunded))

    @property
    def bought(self) -> list[Figure]:
        """Lines and charges as they were paid, in the order's own order."""
        return [units.figure for units in self._lines.values()]

    def units(self, name: Name) -> Units:
        """The units of a line or charge."""
        return self._lines[name]

    def kept_units(self, line_id: str) -> int:
        """How many units of a line did not come back."""
        return self._lines[LINE, line_id].kept_units

    def keeps_goods(self) -> bool:
        """Whether anything that was paid for is still with the customer; gifts do not count."""
        return any(units.kept_units for units in self._lines.values() if units.figure.kind == LINE and not units.gift)

    def take(self, request: RefundRequest) -> None:
        """Units come back, then amounts are granted. Raises `UnknownLine` or `RefundExceedsPaid` with a pointer."""
        for place, line in enumerate(request.lines):
            self._return(line, f"/lines/{place}")
        for place, grant in enumerate(request.grants):
            self._grant(grant, f"/grants/{place}")

    def take_shipping(self, amount: int) -> None:
        """Refund an amount of the charges, the first first."""
        for name in [each for each in self._lines if each[0] != LINE]:
            units = self._lines[name]
            left = sum(units.left(each) for each in units.kept())
            part = min(left, amount)
            if part:
                self._lines[name] = units.changed((Span(0, 1, part),))
                amount -= part
        if amount:
            raise RefundExceedsPaid("Less than that is left of shipping.", pointer="/shipping", facts={"above": amount})

    def take_all_shipping(self) -> None:
        """Refund what is left of the charges."""
        for name, units in self._lines.items():
            if name[0] != LINE:
                self._lines[name] = units.changed((_WHOLE,), returned=True)

    def returned_since(self, before: Ledger, name: Name) -> tuple[tuple[Span, ...], Amounts]:
        """The units that came back since, and what they cost less what had been granted on them, and less what those
        of their parts were worth that came back one by one.
        """
        units = self._lines[name]
        came = [each for was, each in units.since(before._lines[name]) if each.returned and not was.returned]
        if not came:
            return (), NOTHING
        cost = NOTHING
        for each in came:
            run = units.runs[each.run]
            cost += Amounts(run.net * each.count, run.tax * each.count) - each.parts_worth.times(each.count)
        granted = sum(each.granted * each.count for each in came)
        return merged(Span(each.start, each.count) for each in came), cost - units.grant_amounts(granted)

    def parts_since(self, before: Ledger, name: Name) -> tuple[tuple[PartSpan, ...], Amounts]:
        """The parts of bundles that came back one by one since, and what they were worth."""
        units = self._lines[name]
        if not units.parts:
            return (), NOTHING
        spans = [span for was, each in units.since(before._lines[name]) for span in parts_since(was, each)]
        return tuple(spans), sum((span.worth.times(span.count) for span in spans), NOTHING)

    def has_come_back(self, before: Ledger, line_id: str) -> bool:
        """Whether any unit of a line, or part of one, came back since."""
        name = (LINE, line_id)
        less = self._lines[name].kept_units != before._lines[name].kept_units
        return less or bool(self.parts_since(before, name)[0])

    def granted_since(self, before: Ledger, name: Name) -> tuple[tuple[Span, ...], Amounts]:
        """What was granted on which units since."""
        units = self._lines[name]
        spans = tuple(
            Span(each.start, each.count, each.granted - was.granted)
            for was, each in units.since(before._lines[name])
            if each.granted != was.granted
        )
        return spans, units.grant_amounts(sum(each.count * each.granted for each in spans))

    def _return(self, line: ReturnedLine, pointer: str) -> None:
        units = self._named(line.line_id, pointer)
        if line.parts:
            self._lines[LINE, line.line_id] = return_parts(units, line, pointer)
            return
        if line.units:
            _require_kept(units, line, pointer + "/units")
            units = units.changed(single_spans(line.units), returned=True)
        missing = line.quantity
        spans: list[Span] = []
        for each in units.kept():
            taken = min(missing, each.count)
            if not taken:
                break
            spans.append(Span(each.start, taken))
            missing -= taken
        if missing:
            raise RefundExceedsPaid(
                f"Of line {line.line_id} fewer units are with the customer.",
                pointer=f"{pointer}/quantity",
                facts={"line_id": line.line_id, "kept": line.quantity - missing},
            )
        self._lines[LINE, line.line_id] = units.changed(spans, returned=True) if spans else units

    def _grant(self, grant: Grant, pointer: str) -> None:
        units = self._named(grant.line_id, pointer)
        kept = list(units.kept())
        if grant.unit is not None:
            named = units.at(grant.unit)
            kept = [] if named is None or named.returned else [replace(named, start=grant.unit, count=1)]
        left = [units.left(each) for each in kept]
        most = sum(each.count * one for each, one in zip(kept, left, strict=True))
        if grant.amount > most:
            raise RefundExceedsPaid(
                "More is granted than can still be refunded.",
                pointer=f"{pointer}/amount",
                facts={"line_id": grant.line_id, "most": most},
            )
        parts = spread(grant.amount, [(each.count, one, one) for each, one in zip(kept, left, strict=True)])
        self._lines[LINE, grant.line_id] = units.changed(_granted_spans(kept, parts))

    def _named(self, line_id: str, pointer: str) -> Units:
        found = self._lines.get((LINE, line_id))
        if found is None:
            raise UnknownLine(line_id, f"{pointer}/line_id")
        return found


def figure_amounts(figure: Figure) -> Amounts:
    """What was paid for a line or charge."""
    return Amounts(figure.net, figure.tax)


def _all_units(purchase: Purchase) -> Iterator[Units]:
    for line in purchase.priced.lines:
        yield Units.of(line_figure(line), line.runs, gift=line.gift_of is not None, parts=line.parts)
    for charge in purchase.priced.shipping.charges:
        run = UnitRun(1, charge.price, (), charge.net, charge.tax, charge.gross)
        yield Units.of(charge_figure(charge), (run,))


def _require_kept(units: Units, line: ReturnedLine, pointer: str) -> None:
    """Raises `RefundExceedsPaid` for the first named unit that is not with the customer, or named before."""
    seen: set[int] = set()
    for unit in line.units:
        segment = units.at(unit)
        if segment is None or segment.returned or unit in seen:
            raise _came_back(line.line_id, pointer, unit)
        seen.add(unit)


def _granted_spans(kept: Sequence[Segment], parts: Sequence[Sequence[tuple[int, int]]]) -> Iterator[Span]:
    """What is granted on each unit of each kept segment."""
    for segment, shares in zip(kept, parts, strict=True):
        start = segment.start
        for count, share in shares:
            yield Span(start, count, share)
            start += count


def _came_back(line_id: str, pointer: str, unit: int) -> RefundExceedsPaid:
    return RefundExceedsPaid(
        f"Unit {unit} of line {line_id} is not with the customer.",
        pointer=pointer,
        facts={"line_id": line_id, "unit": unit},
    )


def kept_counts(units: Units) -> Sequence[tuple[int, int]]:
    """Of each run that still has some, `(run, units that did not come back)`."""
    return units.kept_counts
