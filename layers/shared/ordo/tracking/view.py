"""The page as a value: words and figures, no more personal data than needed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ordo.kernel.clock import from_iso
from ordo.kernel.geo import Location
from ordo.kernel.zones import zone_of
from ordo.orders.change_kinds import Means
from ordo.orders.incident import Incident
from ordo.orders.model import OrderState
from ordo.orders.progress import units_gone
from ordo.orders.timeline import StoredEvent
from ordo.pricing.model import PricedLine
from ordo.shipments.model import ENDED, FulfilmentState, LineQuantity
from ordo.tracking.arrival import Arrival, arrival_of, last_word
from ordo.tracking.history import Entry, carrier_name, entries_of
from ordo.tracking.offers import Offers, offers_of
from ordo.tracking.standing import Step, standing_of, steps_of
from ordo.tracking.words import Language, Speech

if TYPE_CHECKING:
    from ordo.tracking.return_view import ReturnPart

MAX_ENTRIES, MAX_ITEMS, MAX_PARCELS, MAX_CONTENTS = 40, 40, 12, 12
"""What one page shows of each at most; it says how many more there are. So the largest order stays a small page."""


@dataclass(frozen=True, slots=True)
class Item:
    """Units of one thing: its name with its options, how many, and what they cost together, in words."""

    name: str
    quantity: str
    amount: str = ""


@dataclass(frozen=True, slots=True)
class ParcelPart:
    """One box, or what has not left yet (without `number`)."""

    title: str
    status: str
    carrier: str
    number: str
    items: tuple[Item, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """What went wrong and what is done about it; `open` while somebody has to do something."""

    what: str
    done: str
    until: str
    open: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that stands on it. `country` is where it goes, for the address form."""

    number: str
    version: int
    placed: str
    status: str
    steps: tuple[tuple[Step, str], ...]
    arrival: Arrival
    cases: tuple[Case, ...]
    offers: Offers
    refund: str
    parcels: tuple[ParcelPart, ...]
    more_parcels: int
    entries: tuple[Entry, ...]
    earlier: int
    zone: str
    items: tuple[Item, ...]
    more_items: int
    total: str
    place: str
    phone: str
    country: str | None
    returns: tuple[ReturnPart, ...] = ()
    may_return: bool = False


def speech_for(language: Language, contact: Mapping[str, Any] | None, usual_zone: str = "UTC") -> Speech:
    """The language, and the clocks of where the order goes."""
    return Speech(language, zone_for(contact, usual_zone))


def zone_for(contact: Mapping[str, Any] | None, usual_zone: str) -> str:
    """The time zone of where the order goes, or the usual one where that is not known."""
    ship_to = (contact or {}).get("ship_to") or {}
    where = ship_to.get("location")
    location = Location(float(where["lat"]), float(where["lon"])) if where else None
    return zone_of(ship_to.get("country"), location) or usual_zone


def page_of(
    state: OrderState,
    events: Iterable[StoredEvent],
    contact: Mapping[str, Any] | None,
    speech: Speech,
    now: datetime,
    *,
    means: Means,
    damage: bool = False,
    messages: str | None = None,
    returns: tuple[ReturnPart, ...] = (),
    may_return: bool = False,
) -> Page:
    """The order's page at this time. Without `contact` (the person was erased) it says nothing of them. `means` tell
    what a customer may change, and what that gives back.

    `damage`: something has come of which damage may be reported; `messages`: whether those that are not necessary go
    out, None where there are none.
    """
    header, events = state.header, list(events)
    ship_to = (contact or {}).get("ship_to") or {}
    offers = offers_of(state, now, means, has_address=bool(ship_to), damage=damage, messages=messages)
    entries, parcels = entries_of(state, events, speech), _parcels(state, speech)
    return Page(
        number=order_number(state),
        version=header.version,
        placed=speech("page.placed", when=speech.time(from_iso(header.placed_at))),
        status=speech(f"status.{standing_of(state)}"),
        steps=tuple((step, speech.time(from_iso(step.at)) if step.at else "") for step in steps_of(state)),
        arrival=arrival_of(state, speech, now, last_word(events)),
        cases=cases_of(state, speech),
        offers=offers,
        refund=speech.money(offers.refund, header.currency) if offers.refund else "",
        parcels=tuple(parcels[:MAX_PARCELS]),
        more_parcels=max(0, len(parcels) - MAX_PARCELS),
        entries=tuple(entries[:MAX_ENTRIES]),
        earlier=max(0, len(entries) - MAX_ENTRIES),
        zone=speech.zone_name(now),
        items=items_of(state, speech)[:MAX_ITEMS],
        more_items=max(0, len(state.lines) - MAX_ITEMS),
        total=speech.money(header.totals.total, header.currency),
        place=_place(ship_to),
        phone=str((contact or {}).get("phone") or "")[-4:],
        country=ship_to.get("country"),
        returns=returns,
        may_return=may_return,
    )


def cases_of(state: OrderState, speech: Speech) -> tuple[Case, ...]:
    """What went wrong with it, the open cases first."""
    return tuple(_case(each, speech) for each in _newest_first(state.incidents.values()))


def items_of(state: OrderState, speech: Speech) -> tuple[Item, ...]:
    """What was ordered, line by line, and how many of each were cancelled or came back."""
    gone = units_gone(state)
    return tuple(_line(line, state.header.currency, speech, gone[line.line_id]) for line in state.lines)


def order_number(state: OrderState) -> str:
    """What the customer knows the order by: the shop's own number, else the end of Ordo's."""
    return state.header.external_id or state.header.order_id[-8:]


def _place(ship_to: Mapping[str, Any]) -> str:
    """The city and not the street; a region once where it is the city."""
    named = [each for each in (ship_to.get("city"), ship_to.get("region")) if each]
    return ", ".join(dict.fromkeys(named)) or str(ship_to.get("country") or "")


def _newest_first(incidents: Iterable[Incident]) -> list[Incident]:
    return sorted(incidents, key=lambda each: (each.is_open, each.opened_at), reverse=True)


def _case(incident: Incident, speech: Speech) -> Case:
    kind = incident.kind if speech.knows(f"incident.{incident.kind}") else "other"
    if incident.is_open:
        until = speech("doing.until", when=speech.time(from_iso(incident.deadline)))
        return Case(speech(f"incident.{kind}"), speech(f"doing.{kind}"), until, True)
    ended = f"done.{incident.resolution}"
    return Case(speech(f"incident.{kind}"), speech(ended if speech.knows(ended) else "done.other"), "", False)


def _line(line: PricedLine, currency: str, speech: Speech, gone: int) -> Item:
    paid = sum(run.count * run.gross for run in line.runs)
    count = speech("page.quantity", count=line.quantity)
    if gone:
        count = speech("page.quantity_gone", quantity=count, gone=gone)
    return Item(named(line, None, speech), count, speech.money(paid, currency))


def named(line: PricedLine, part: int | None, speech: Speech) -> str:
    """What a line is called, or one part of a bundle's line, with its options."""
    name, options = (line.parts[part].name, line.parts[part].options) if part is not None else (line.name, line.options)
    return " · ".join([speech.name(name), *options.values()])


def _parcels(state: OrderState, speech: Speech) -> list[ParcelPart]:
    lines = {line.line_id: line for line in state.lines}
    sent = [(shipment, parcel) for shipment in state.shipments.values() for parcel in shipment.parcels]
    found = []
    for number, (shipment, parcel) in enumerate(sent, start=1):
        title = speech("page.parcel", number=number, count=len(sent)) if len(sent) > 1 else ""
        status, carrier = speech(f"tracking.{parcel.status}"), carrier_name(shipment.carrier)
        items = _contents(parcel.lines, lines, speech)
        more = max(0, len(items) - MAX_CONTENTS)
        found.append(ParcelPart(title, status, carrier, parcel.tracking_number, items[:MAX_CONTENTS], more))
    left = _not_sent(state) if sent else ()
    if left:
        items = _contents(left, lines, speech)
        more = max(0, len(items) - MAX_CONTENTS)
        found.append(ParcelPart(speech("page.not_sent"), "", "", "", items[:MAX_CONTENTS], more))
    return found


def _not_sent(state: OrderState) -> Sequence[LineQuantity]:
    gone = (*ENDED, FulfilmentState.DISPATCHED)
    return [line for each in state.fulfilments.values() if each.state not in gone for line in each.lines]


def _contents(units: Sequence[LineQuantity], lines: Mapping[str, PricedLine], speech: Speech) -> tuple[Item, ...]:
    return tuple(
        Item(named(lines[each.line_id], each.part, speech), speech("page.quantity", count=each.quantity))
        for each in units
    )
