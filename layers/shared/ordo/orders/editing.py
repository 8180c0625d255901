"""Editing what an order is of: quantities, options, lines; any number of operations in one change.

Units that go are refunded by the price rules of their own set of lines; what comes is a new set of lines at the present
prices, also where it is more of the same: prices of placement are never asked again (law 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ordo.catalog.change_terms import ChangeTerms
from ordo.kernel.errors import Code, OrdoError
from ordo.orders.accounts import Account
from ordo.orders.adding import Goods, NewLine, new_ids, units_of
from ordo.orders.cancelling import ask_fee, close, require_kept, take_out, unknown_line
from ordo.orders.change_draft import ChangeDraft
from ordo.orders.model import OrderState
from ordo.pricing.model import PricedLine
from ordo.pricing.refund_model import ShippingRefund

Address = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edit:
    """What operations come to: units to take out by line, and lines to add, each with the place of its operation."""

    cuts: dict[str, int] = field(default_factory=dict)
    new: list[NewLine] = field(default_factory=list)
    places: list[int] = field(default_factory=list)


def edit_of(state: OrderState, account: Account, operations: Sequence[Mapping[str, Any]]) -> Edit:
    """The operations on the order as it is. Raises `unknown_line`, `invalid_quantity`, each with a pointer."""
    found = Edit()
    lines = {line.line_id: line for line in state.lines}
    named = [each["line_id"] for each in operations if each["op"] == "add_line" and "line_id" in each]
    for place, line_id in enumerate(named):
        if line_id in lines or line_id in named[:place]:
            raise OrdoError(f"The order has a line {line_id} already.", pointer="/operations", facts={"line": line_id})
    fresh = iter(new_ids([*lines, *named], len(operations)))
    for place, each in enumerate(operations):
        if each["op"] == "add_line":
            _add(found, place, each.get("line_id") or next(fresh), each["sku"], each["quantity"], each)
            continue
        line = lines.get(each["line_id"])
        if line is None:
            raise unknown_line(each["line_id"], f"/operations/{place}/line_id")
        _change(found, place, each, line, account.kept_units(line.line_id), fresh)
    return found


def _change(
    found: Edit, place: int, each: Mapping[str, Any], line: PricedLine, kept: int, fresh: Iterable[str]
) -> None:
    """One operation on a line of which so many units are kept."""
    asked = each.get("quantity", kept)
    if each["op"] == "set_quantity":
        if asked < kept:
            found.cuts[line.line_id] = kept - asked
        elif asked > kept:
            _add(found, place, next(iter(fresh)), line.sku, asked - kept, _as(line))
    elif each["op"] == "remove_line":
        _cut(found, place, line, kept, kept)
    else:
        _cut(found, place, line, asked, kept)
        _add(found, place, next(iter(fresh)), line.sku, asked, {**_as(line), "options": each["options"]})


def _cut(found: Edit, place: int, line: PricedLine, quantity: int, kept: int) -> None:
    if quantity > kept or not quantity:
        raise OrdoError(
            f"The order has {kept} units of line {line.line_id} left.",
            code=Code.INVALID_QUANTITY,
            pointer=f"/operations/{place}/quantity",
            facts={"line_id": line.line_id, "kept": kept},
        )
    found.cuts[line.line_id] = quantity


def _as(line: PricedLine) -> dict[str, Any]:
    """What a further line is made like."""
    return {"options": dict(line.options), "custom": dict(line.custom), "like": line.line_id}


def _add(found: Edit, place: int, line_id: str, sku: str, quantity: int, like: Mapping[str, Any]) -> None:
    options, custom = like.get("options") or {}, like.get("custom") or {}
    found.new.append(NewLine(line_id, sku, quantity, options, custom, like.get("like")))
    found.places.append(place)


def edit(
    draft: ChangeDraft,
    account: Account,
    goods: Goods,
    terms: ChangeTerms,
    operations: Sequence[Mapping[str, Any]],
    ship_to: Address | None,
    segment: str | None,
    *,
    staff: bool,
    fee: bool = True,
) -> None:
    """Do the operations. Raises what taking out, pricing and sourcing do, and `invalid_request` if it does nothing."""
    wanted = edit_of(draft.state, account, operations)
    if not wanted.cuts and not wanted.new:
        raise OrdoError("These operations change nothing.", pointer="/operations")
    if wanted.cuts:
        require_kept(draft.state, account, list(wanted.cuts.items()), "/operations")
        shipping = ShippingRefund.NONE if wanted.new else ShippingRefund.BY_RULE
        take_out(draft, account, wanted.cuts, staff=staff, shipping=shipping)
    if wanted.new:
        with pointing_at(wanted.places):
            add_lines(draft, goods, wanted.new, ship_to, segment, terms, draft.now)
    elif draft.is_all_cancelled:
        close(draft, "staff" if staff else "customer")
    ask_fee(draft, terms, fee=fee)


@contextmanager
def pointing_at(places: Sequence[int], what: str = "/operations") -> Iterator[None]:
    """Refusals of the n-th added line point at the n-th of `places` in the request."""
    try:
        yield
    except OrdoError as refusal:
        for each in {id(one): one for one in (refusal, *refusal.errors)}.values():
            _, _, rest = (each.pointer or "").partition("/lines/")
            number, slash, field_name = rest.partition("/")
            if number.isdigit() and int(number) < len(places):
                each.pointer = f"{what}/{places[int(number)]}{slash}{field_name}"
        raise


def add_lines(
    draft: ChangeDraft,
    goods: Goods,
    lines: Sequence[NewLine],
    ship_to: Address | None,
    segment: str | None,
    terms: ChangeTerms,
    now: datetime,
    *,
    awaits: str | None = None,
) -> None:
    """Price, add and source lines; nodes begin when the order is released and paid, or trusted.

    Raises what pricing does, `OutOfStock`, `NoNode` and `NodeShort`.
    """
    priced = goods.price(draft.state, lines, ship_to, segment, now)
    draft.add(priced)
    draft.texts_of |= {line.line_id: line.like for line in lines if line.like is not None and line.custom}
    found = goods.source(draft.state, units_of(priced), ship_to, draft.stock, now)
    header = draft.state.header
    trusted = header.released_at is not None and terms.trust and not header.holds
    draft.begin(found, at_once=trusted, awaits=awaits)
    if header.released_at and not trusted and not header.funds.covers(draft.state.header.owed):
        draft.warnings.append("added_goods_wait_for_payment")
