"""What became of the units of one line or charge: which came back, and what was granted on those that did not."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter

from ordo.kernel.percent import percent
from ordo.pricing.figures import Figure
from ordo.pricing.model import UnitRun
from ordo.pricing.part_model import PricedPart
from ordo.pricing.refund_model import NOTHING, Amounts, Span

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
    parts: tuple[int, ...] = ()
    """Of a bundle: how many units of each part came back of each; nothing while it is whole."""
    parts_worth: Amounts = NOTHING
    """What those cost, in each bundle."""

    @property
    def end(self) -> int:
        """The place behind its last unit."""
        return self.start + self.count


@dataclass(frozen=True)
class Units:
    """The units of one line, in order, by fate. Segments are in order and leave no unit out."""

    figure: Figure
    runs: tuple[UnitRun, ...]
    segments: tuple[Segment, ...]
    gift: bool = False
    parts: tuple[PricedPart, ...] = ()

    @staticmethod
    def of(
        figure: Figure, runs: tuple[UnitRun, ...], *, gift: bool = False, parts: tuple[PricedPart, ...] = ()
    ) -> Units:
        """All of them are with the customer."""
        segments, start = [], 0
        for number, run in enumerate(runs):
            segments.append(Segment(start, run.count, number))
            start += run.count
        return Units(figure, runs, tuple(segments), gift, parts)

    @property
    def name(self) -> Name:
        """Of the line or charge."""
        return self.figure.kind, self.figure.figure_id

    def kept(self) -> Iterator[Segment]:
        """The units that did not come back."""
        return (each for each in self.segments if not each.returned)

    @cached_property
    def kept_counts(self) -> tuple[tuple[int, int], ...]:
        """Of each run that still has some, `(run, units that did not come back)`."""
        counts: dict[int, int] = {}
        for each in self.kept():
            counts[each.run] = counts.get(each.run, 0) + each.count
        return tuple(counts.items())  # runs are in order already

    @cached_property
    def kept_units(self) -> int:
        """How many did not come back."""
        return sum(count for _, count in self.kept_counts)

    def at(self, unit: int) -> Segment | None:
        """Where a unit is; None when the line has no such unit."""
        place = bisect_right(self.segments, unit, key=attrgetter("start")) - 1
        return self.segments[place] if place >= 0 and unit < self.segments[place].end else None

    def left(self, segment: Segment) -> int:
        """What one unit of the segment can still be refunded, with tax."""
        return self.runs[segment.run].gross - segment.granted - segment.parts_worth.gross

    def changed(self, spans: Iterable[Span], *, returned: bool = False) -> Units:
        """With the units of spans come back or, by what each span says, more granted on each. In one go, since a line
        may have very many segments: spans are in order and do not overlap.
        """
        found: list[Segment] = []
        waiting = iter(spans)
        span = next(waiting, None)
        for segment in self.segments:
            start, run, came, granted = segment.start, segment.run, segment.returned, segment.granted
            parts = (segment.parts, segment.parts_worth)
            end = segment.end
            while span is not None and span.start < end and start < end:
                low, high = max(span.start, start), min(span.start + span.count, end)
                if start < low:
                    found.append(Segment(start, low - start, run, came, granted, *parts))
                found.append(Segment(low, high - low, run, came or returned, granted + span.granted, *parts))
                start = high
                if span.start + span.count <= end:
                    span = next(waiting, None)
            if start == segment.start:
                found.append(segment)
            elif start < end:
                found.append(Segment(start, end - start, run, came, granted, *parts))
        return replace(self, segments=tuple(found))

    def since(self, before: Units) -> Iterator[tuple[Segment, Segment]]:
        """Each segment with the one of `before` that it is a part of; none when nothing changed."""
        if self is before:
            return
        earlier = iter(before.segments)
        was = next(earlier)
        for segment in self.segments:
            while was.end <= segment.start:
                was = next(earlier)
            yield was, segment

    def grant_amounts(self, gross: int) -> Amounts:
        """A granted amount, with the tax that is in it at the line's rate."""
        tax = percent(self.figure.rate_percent).within(gross)
        return Amounts(gross - tax, tax)


def single_spans(units: Sequence[int]) -> tuple[Span, ...]:
    """Units that are named one by one, in any order and each once, as spans."""
    return merged(Span(unit, 1) for unit in sorted(units))


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans that touch each other as one."""
    found: list[tuple[int, int]] = []
    for span in spans:
        if found and found[-1][0] + found[-1][1] == span.start:
            found[-1] = (found[-1][0], found[-1][1] + span.count)
        else:
            found.append((span.start, span.count))
    return tuple(Span(start, count) for start, count in found)
