"""Returns on the customer's page: how each stands, step by step, and the form by which one is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from ordo.aftersales.arrived import Came, come
from ordo.aftersales.deciding import DecideReturn
from ordo.aftersales.eligibility import offered_until, window_until
from ordo.aftersales.model import NewLine, Return
from ordo.aftersales.requesting import CLAIMS, MAX_PHOTOS, RequestReturn, Units
from ordo.aftersales.sending import Send
from ordo.aftersales.service import ReturnDesk
from ordo.catalog.return_policies import Outcome, ReturnPolicy, ReturnReason
from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.orders.keys import CommandKey
from ordo.orders.model import OrderState
from ordo.pricing.model import PricedLine
from ordo.shipments.carrier_events import normal_number
from ordo.shipments.evidence import CONTENT_TYPES
from ordo.shipments.proof_model import FileKind
from ordo.shipments.proof_service import Upload
from ordo.tracking.actions import CLIENT, CUSTOMER, FormWrong
from ordo.tracking.photos import named_photos, photos_told
from ordo.tracking.return_view import ReturnPart, return_part
from ordo.tracking.view import named
from ordo.tracking.words import Speech

FIELD, TO = "units.", "to."
AGAIN, NOTHING = "again", "none"
"""Beside the channel's outcomes and ways: it is sent (again), and nothing is sent back."""
REASONS: tuple[ReturnReason, ...] = get_args(ReturnReason)
_CARRIER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may come back: the end of its field's name, what it is called, how many, and until when. `axes`
    are options that may be exchanged for others, with their values and the present one.
    """

    key: str
    name: str
    quantity: int
    until: str
    axes: tuple[tuple[str, tuple[str, ...], str], ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers."""

    lines: tuple[Choice, ...]
    outcomes: tuple[Outcome, ...]
    ways: tuple[str, ...]


def returns_of(state: OrderState, desk: ReturnDesk, speech: Speech) -> tuple[ReturnPart, ...]:
    """Every return of the order, the newest first."""
    found = sorted(state.returns.values(), key=lambda each: each.requested_at, reverse=True)
    return tuple(return_part(each, state, speech, _label(each, desk)) for each in found)


def _label(found: Return, desk: ReturnDesk) -> str:
    return str(desk.words(found).get("label_url", "")) if found.is_open and found.sent else ""


def choices(state: OrderState, desk: ReturnDesk, speech: Speech) -> Choices:
    """What may be asked for now. The catalogue is read only where something has come."""
    if not (state.header.units.delivered or state.header.completed_at):
        return Choices((), (), ())
    if not desk.has_policy(state.header.channel):
        return Choices((), (), ())
    policy = desk.policy(state.header.channel)
    lines = {line.line_id: line for line in state.lines}
    mine = [each for each in come(state).values() if each.left and _is_open(lines, each, policy, desk)]
    products = desk.options(state) if mine else {}
    found = tuple(_choice(each, lines[each.line.line_id], policy, products, speech) for each in mine)
    return Choices(found, policy.outcomes, policy.ways)


def _is_open(lines: Mapping[str, PricedLine], came: Came, policy: ReturnPolicy, desk: ReturnDesk) -> bool:
    """Whether any reason is in time: that of a fault is the longest."""
    now = desk.desk.now()
    line = lines[came.line.line_id]
    return now < max(offered_until(line, came, policy), window_until(came.at, policy.fault_days))


def _choice(
    came: Came,
    line: PricedLine,
    policy: ReturnPolicy,
    products: Mapping[str, Mapping[str, Sequence[str]]],
    speech: Speech,
) -> Choice:
    until = speech.day(offered_until(line, came, policy))
    axes = () if came.line.part is not None else tuple(products.get(line.sku, {}).items())
    shown = tuple((axis, tuple(values), line.options.get(axis, "")) for axis, values in axes if len(values) > 1)
    return Choice(came.line.key, named(line, came.line.part, speech), came.left, until, shown)


def ask(desk: ReturnDesk, order_id: str, form: Mapping[str, str], speech: Speech, salt: str) -> str:
    """Ask for what the form says and give the notice to show. The same form sent twice is one return.

    Raises `FormWrong` for what the customer can correct, and what `ReturnDesk.request` raises.
    """
    state = desk.desk.repository.load(order_id)
    may = choices(state, desk, speech)
    units = _units(form, may.lines, speech)
    outcome, reason = form.get("outcome", "refund"), form.get("reason", "")
    if reason not in REASONS or outcome not in (*may.outcomes, AGAIN):
        raise FormWrong({"reason": speech("return.reason_wrong")})
    note = " ".join(form.get("note", "")[:1000].split())
    command = RequestReturn(
        units=units,
        reason=reason,
        outcome="refund" if outcome == AGAIN else outcome,  # type: ignore[arg-type]
        policy=ReturnPolicy(),
        requested_by="customer",
        way=form["way"] if form.get("way") in may.ways else may.ways[-1],  # type: ignore[arg-type]
        personal={"salt": salt, "note": note} if note else None,
    )
    if outcome == AGAIN or form.get("way") == NOTHING:
        command = _claim(command, outcome == AGAIN, speech)
    elif outcome == "exchange":
        command = replace(command, exchange=_exchange(state, units, form, speech))
    photos = named_photos(form.get("photos", ""), FileKind.RETURN_PHOTO, MAX_PHOTOS, speech)
    lines = sorted((each.line_id, each.part or 0, each.quantity) for each in units)
    told = sha256_hex(canonical_json([lines, reason, outcome, command.without_goods, note]))
    key = CommandKey.of(CLIENT, f"{order_id}.return.{form.get('key', '')[:40]}", "return", order_id, told)
    with photos_told(speech):
        desk.request(command, photos, key, actor=CUSTOMER, visible=lambda _: True)
    return "return"


def _claim(command: RequestReturn, again: bool, speech: Speech) -> RequestReturn:
    """Nothing is sent back: only for a fault, and for what can be had without."""
    if command.reason not in CLAIMS:
        raise FormWrong({"reason": speech("return.claim_wrong")})
    if command.outcome in ("exchange", "repair"):
        raise FormWrong({"outcome": speech("return.claim_outcome_wrong")})
    return replace(command, without_goods=True, reship=again)


def offer_return_photo(desk: ReturnDesk, order_id: str, content_type: str, speech: Speech) -> Upload | None:
    """A form for a photo; None when nothing may be asked for now, or none of this type is taken."""
    state = desk.desk.repository.load(order_id)
    if content_type not in CONTENT_TYPES or not choices(state, desk, speech).lines:
        return None
    return desk.offer(order_id, content_type, lambda _: True)


def withdraw(desk: ReturnDesk, order_id: str, form: Mapping[str, str]) -> str:
    """The customer has changed their mind."""
    command = DecideReturn(_named(desk, order_id, form), "withdraw", CUSTOMER.id)
    desk.decide(command, actor=CUSTOMER, visible=lambda _: True)
    return "return_withdrawn"


def sent(desk: ReturnDesk, order_id: str, form: Mapping[str, str], speech: Speech) -> str:
    """The customer has sent it with a carrier of their own. Raises `FormWrong`."""
    carrier = "_".join(form.get("carrier", "").lower().split())[:40]
    number = normal_number(form.get("number", ""))
    good = carrier and _CARRIER.issuperset(carrier) and number.isascii() and number.isalnum() and len(number) <= 64
    if not good:
        raise FormWrong({"number": speech("return.number_wrong")})
    command = Send(_named(desk, order_id, form), carrier, number, "own", under_way=True)
    desk.send(command, actor=CUSTOMER, visible=lambda _: True)
    return "return_sent"


def _named(desk: ReturnDesk, order_id: str, form: Mapping[str, str]) -> str:
    """A return of this order; one of another is nothing that this page knows."""
    known = desk.desk.repository.load(order_id).returns
    name = form.get("return_id", "")
    if name not in known:
        raise FormWrong({"return_id": ""})
    return name


def _units(form: Mapping[str, str], may: Sequence[Choice], speech: Speech) -> tuple[Units, ...]:
    found = []
    for line in may:
        text = form.get(FIELD + line.key, "").strip() or "0"
        if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) <= line.quantity):
            raise FormWrong({"units": speech("return.units_wrong")})
        if int(text):
            line_id, _, part = line.key.partition("#")
            found.append(Units(line_id, int(text), int(part) if part else None))
    if not found:
        raise FormWrong({"units": speech("return.units_wrong")})
    return tuple(found)


def _exchange(
    state: OrderState, units: Sequence[Units], form: Mapping[str, str], speech: Speech
) -> tuple[NewLine, ...]:
    """The same things with the options that were chosen: at least one of them is another."""
    lines = {line.line_id: line for line in state.lines}
    found = []
    for each in units:
        line = lines[each.line_id]
        chosen = {axis: form.get(f"{TO}{each.line_id}.{axis}") or value for axis, value in line.options.items()}
        if each.part is not None or not line.options or chosen == dict(line.options):
            raise FormWrong({"units": speech("return.options_wrong")})
        found.append(NewLine(sku=line.sku, quantity=each.quantity, options=chosen))
    return tuple(found)
