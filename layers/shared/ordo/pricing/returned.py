"""Which units of a purchase came back, and what was granted on those that did not: the state between refunds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ordo.kernel.percent import percent
from ordo.pricing.caps import spread
from ordo.pricing.errors import RefundExceedsPaid, UnknownLine
from ordo.pricing.figures import Figure, charge_figure, line_figure
from ordo.pricing.model import UnitRun
from ordo.pricing.refund_model import (
    NOTHING,
    Amounts,
    Grant,
    Purchase,
    RefundBooking,
    RefundRequest,
    ReturnedLine,
    Span,
)

LINE = "line"
Name = tuple[str, str]
"""Kind and id of a line or charge. A charge is a line of one unit: a part of it that is refunded is granted on it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """`count` units in a row of one run of a line that had the same fate."""

    start: int
    count: int
    run: int
    returned: bool = False
    granted: int = 0
    """On each of the units, with tax."""


@dataclass(frozen=True, slots=True)
class Units:
    """The units of one line, in order, by fate."""

    figure: Figure
    runs: tuple[UnitRun, ...]
    segments: tuple[Segment, ...]
    gift: bool = False

    @staticmethod
    def of(figure: Figure, runs: tuple[UnitRun, ...], *, gift: bool = False) -> Units:
        """All of them are with the customer."""
        segments, start = [], 0
        for number, run in enumerate(runs):
            segments.append(Segment(start, run.count, number))
            start += run.count
        return Units(figure, runs, tuple(segments), gift)

    @property
    def name(self) -> Name:
        """Of the line or charge."""
        return self.figure.kind, self.figure.figure_id

    def kept(self) -> Iterator[Segment]:
        """The units that did not come back."""
        return (each for each in self.segments if not each.returned)

    def left(self, segment: Segment) -> int:
        """What one unit of the segment can still be refunded, with tax."""
        return self.runs[segment.run].gross - segment.granted

    def changed(self, start: int, count: int, *, returned: bool = False, granted: int = 0) -> Units:
        """With the units of a span come back, or more granted on each."""
        end = start + count
        segments: list[Segment] = []
        for each in self.segments:
            low, high = max(start, each.start), min(end, each.start + each.count)
            if low >= high:
                segments.append(each)
                continue
            if each.start < low:
                segments.append(replace(each, count=low - each.start))
            fate = replace(
                each,
                start=low,
                count=high - low,
                returned=each.returned or returned,
                granted=each.granted + granted,
            )
            segments.append(fate)
            if high < each.start + each.count:
                segments.append(replace(each, start=high, count=each.start + each.count - high))
        return replace(self, segments=tuple(segments))

    def grant_amounts(self, gross: int) -> Amounts:
        """A granted amount, with the tax that is in it at the line's rate."""
        tax = percent(self.figure.rate_percent).within(gross)
        return Amounts(gross - tax, tax)


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
            for figure in booking.figures:
                name = (figure.kind, figure.figure_id)
                units = ledger._lines[name]
                for span in figure.units:
                    units = units.changed(span.start, span.count, returned=True)
                for span in figure.grants:
                    units = units.changed(span.start, span.count, granted=span.granted)
                ledger._lines[name] = units
                ledger.refunded[name] = ledger.refunded.get(name, NOTHING) + figure.total
        return ledger

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
        return sum(each.count for each in self._lines[LINE, line_id].kept())

    def keeps_goods(self) -> bool:
        """Whether anything that was paid for is still with the customer; gifts do not count."""
        return any(
            next(units.kept(), None) is not None
            for units in self._lines.values()
            if units.figure.kind == LINE and not units.gift
        )

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
                self._lines[name] = units.changed(0, 1, granted=part)
                amount -= part
        if amount:
            raise RefundExceedsPaid("Less than that is left of shipping.", pointer="/shipping", facts={"above": amount})

    def take_all_shipping(self) -> None:
        """Refund what is left of the charges."""
        for name, units in self._lines.items():
            if name[0] != LINE:
                self._lines[name] = units.changed(0, 1, returned=True)

    def returned_since(self, before: Ledger, name: Name) -> tuple[tuple[Span, ...], Amounts]:
        """The units that came back since, and what they cost less what had been granted on them."""
        old, units = before._lines[name], self._lines[name]
        spans = _merged(
            Span(each.start, each.count)
            for each in units.segments
            if each.returned and not _was_returned(old, each.start)
        )
        if not spans:
            return (), NOTHING
        came = [each for each in units.segments if each.returned and not _was_returned(old, each.start)]
        cost = NOTHING
        for each in came:
            run = units.runs[each.run]
            cost += Amounts(run.net * each.count, run.tax * each.count)
        return spans, cost - units.grant_amounts(sum(each.granted * each.count for each in came))

    def granted_since(self, before: Ledger, name: Name) -> tuple[tuple[Span, ...], Amounts]:
        """What was granted on which units since."""
        old, units = before._lines[name], self._lines[name]
        spans = tuple(
            Span(each.start, each.count, each.granted - _granted(old, each.start))
            for each in units.segments
            if each.granted != _granted(old, each.start)
        )
        return spans, units.grant_amounts(sum(each.count * each.granted for each in spans))

    def _return(self, line: ReturnedLine, pointer: str) -> None:
        units = self._named(line.line_id, pointer)
        for unit in line.units:
            segment = _at(units, unit)
            if segment is None or segment.returned:
                raise _came_back(line.line_id, pointer + "/units", unit)
            units = units.changed(unit, 1, returned=True)
        missing = line.quantity
        for each in list(units.kept()):
            taken = min(missing, each.count)
            if taken:
                units = units.changed(each.start, taken, returned=True)
                missing -= taken
        if missing:
            raise RefundExceedsPaid(
                f"Of line {line.line_id} fewer units are with the customer.",
                pointer=f"{pointer}/quantity",
                facts={"line_id": line.line_id, "kept": line.quantity - missing},
            )
        self._lines[LINE, line.line_id] = units

    def _grant(self, grant: Grant, pointer: str) -> None:
        units = self._named(grant.line_id, pointer)
        kept = list(units.kept())
        if grant.unit is not None:
            named = _at(units, grant.unit)
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
        for each, shares in zip(kept, parts, strict=True):
            start = each.start
            for count, share in shares:
                units = units.changed(start, count, granted=share)
                start += count
        self._lines[LINE, grant.line_id] = units

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
        yield Units.of(line_figure(line), line.runs, gift=line.gift_of is not None)
    for charge in purchase.priced.shipping.charges:
        run = UnitRun(1, charge.price, (), charge.net, charge.tax, charge.gross)
        yield Units.of(charge_figure(charge), (run,))


def _at(units: Units, unit: int) -> Segment | None:
    return next((each for each in units.segments if each.start <= unit < each.start + each.count), None)


def _was_returned(units: Units, unit: int) -> bool:
    found = _at(units, unit)
    return found is not None and found.returned


def _granted(units: Units, unit: int) -> int:
    found = _at(units, unit)
    return found.granted if found is not None else 0


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans that touch each other as one."""
    found: list[Span] = []
    for span in spans:
        if found and found[-1].start + found[-1].count == span.start:
            found[-1] = replace(found[-1], count=found[-1].count + span.count)
        else:
            found.append(span)
    return tuple(found)


def _came_back(line_id: str, pointer: str, unit: int) -> RefundExceedsPaid:
    return RefundExceedsPaid(
        f"Unit {unit} of line {line_id} is not with the customer.",
        pointer=pointer,
        facts={"line_id": line_id, "unit": unit},
    )


def kept_counts(units: Units) -> Sequence[tuple[int, int]]:
    """Of each run that still has some, `(run, units that did not come back)`."""
    counts: dict[int, int] = {}
    for each in units.kept():
        counts[each.run] = counts.get(each.run, 0) + each.count
    return sorted(counts.items())
