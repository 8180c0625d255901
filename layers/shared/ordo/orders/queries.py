"""What may be asked about orders, and the answers that are not simply an order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, StringConstraints, field_serializer

from ordo.kernel.clock import to_iso
from ordo.kernel.errors import OrdoError
from ordo.kernel.frozen import Model
from ordo.orders.errors import OrderNotFound
from ordo.orders.listing import OrderFilter, OrderList, OrderListing
from ordo.orders.model import OrderHeader, OrderStatus
from ordo.orders.ports import OrderRepository
from ordo.orders.timeline import StoredEvent
from ordo.orders.verification import Finding, FindingKind
from ordo.orders.verifying import Witnesses, read_whole, verify_order
from ordo.runtime import cursors

MAX_PAGE = 100


def _has_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the time is too far away") from None


Moment = Annotated[AwareDatetime, AfterValidator(_has_utc)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=254)]


class OrderQuery(Model):
    """Exactly one way of finding, with its companions (`channel` for external_id, `carrier` for tracking_number).

    `channel` with any other way shows only the orders of that channel.
    """

    model_config = ConfigDict(frozen=True)

    status: OrderStatus | None = None
    standing: Literal["jeopardy", "late"] | None = Field(
        default=None, description="Open orders whose promise is in jeopardy, or broken by time, at their last event."
    )
    customer_id: Short | None = None
    channel: Short | None = None
    external_id: Short | None = None
    carrier: Short | None = None
    tracking_number: Short | None = None
    phone: Short | None = Field(default=None, description="E.164, the plus sign written as %2B.")
    email: Short | None = None
    placed_from: Moment | None = None
    placed_to: Moment | None = None
    limit: int = Field(default=20, ge=1, le=MAX_PAGE)
    cursor: str | None = Field(default=None, max_length=cursors.MAX_CHARACTERS)

    def wanted(self) -> OrderFilter:
        """Without the page."""
        return OrderFilter(**self.model_dump(exclude={"limit", "cursor"}))

    @field_serializer("placed_from", "placed_to")
    def _as_stored(self, moment: AwareDatetime | None) -> str | None:
        return to_iso(moment) if moment else None


class EventView(Model):
    """One event of the timeline, with the exact text that its hash is made of."""

    seq: int
    hash: str
    body: str
    event: dict[str, Any]


class FindingView(Model):
    """One thing that is wrong: with the event of number `seq`, or with a file or record that it names (`subject`)."""

    kind: FindingKind
    seq: int | None
    subject: str | None
    detail: str

    @staticmethod
    def of(finding: Finding) -> FindingView:
        """The finding."""
        return FindingView(**asdict(finding))


class AnchorView(Model):
    """The last head of the order that was written outside of the tables, and when."""

    seq: int
    head_hash: str
    anchored_at: str


class TimelineView(Model):
    """The order's history. `findings` is there when verification was asked for; empty means whole.

    Then `files` counts the files that were compared with their hashes, and `anchor` is what the chain was compared
    with; null before the order's first anchor, which comes within a day.
    """

    order_id: str
    head_seq: int
    head_hash: str
    events: list[EventView]
    verified: bool | None = None
    findings: list[FindingView] | None = None
    files: int | None = None
    anchor: AnchorView | None = None


def listing_page(
    listing: OrderListing, wanted: OrderFilter, channels: frozenset[str], *, limit: int, cursor: str | None
) -> OrderList:
    """A page of orders in the caller's channels, or in the one that is named; its cursor is bound to the filters and
    to the channels.
    """
    if wanted.placed_from and wanted.placed_to and wanted.placed_from > wanted.placed_to:
        raise OrdoError("placed_to is before placed_from.", facts={"parameter": "placed_to"})
    filters = {**asdict(wanted), "channels": sorted(channels)}
    after = cursors.decode(filters, cursor)["after"] if cursor else None
    found = listing.find(wanted, lambda channel: _shown(channel, wanted, channels), limit=limit, after=after)
    following = cursors.encode(filters, {"after": found.last_key}) if found.last_key else None
    return OrderList(orders=found.rows, next_cursor=following)


def _shown(channel: str, wanted: OrderFilter, channels: frozenset[str]) -> bool:
    return (wanted.channel or channel) == channel and (channel in channels or "*" in channels)


def timeline_of(
    repository: OrderRepository,
    order_id: str,
    visible: Callable[[OrderHeader], bool],
    witnesses: Witnesses | None = None,
) -> TimelineView:
    """The timeline up to the header that was read first: a commit in between only adds events that are not shown.

    With `witnesses` it is verified by them, and whatever is stored is shown. Raises `OrderNotFound` also when the order
    is not visible to the caller, and `Conflict` when it is written all the time.
    """
    header = repository.load(order_id).header
    if not visible(header):
        raise OrderNotFound(order_id)
    if witnesses is None:
        return _timeline(header, repository.timeline(order_id)[: header.seq])
    state, events = read_whole(repository, order_id)
    found = verify_order(repository, state, events, witnesses)
    anchor = (
        AnchorView(**{name: getattr(found.anchor, name) for name in AnchorView.model_fields}) if found.anchor else None
    )
    return _timeline(state.header, events).model_copy(
        update={
            "verified": not found.findings,
            "findings": [FindingView.of(each) for each in found.findings],
            "files": found.files,
            "anchor": anchor,
        }
    )


def _timeline(header: OrderHeader, events: Sequence[StoredEvent]) -> TimelineView:
    return TimelineView(
        order_id=header.order_id,
        head_seq=header.seq,
        head_hash=header.head_hash,
        events=[EventView(seq=each.seq, hash=each.hash, body=each.body, event=_fields(each)) for each in events],
    )


def _fields(event: StoredEvent) -> dict[str, Any]:
    """The event's fields; none of one whose stored text is no longer JSON."""
    try:
        return event.read()
    except ValueError:
        return {}
