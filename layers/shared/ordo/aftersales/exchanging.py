"""New goods for old: reserved when it is approved, sent when the old ones are back, or in advance. Pure given prices
and sources.

What the old goods are worth is credited in advance, at most what the new ones cost, so that an even exchange costs
nothing while it is under way and a dearer one just the difference. When the goods are back the credit is taken back and
what they are worth is booked by the price rules; when they never come it is taken back alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ordo.aftersales.books import with_return
from ordo.aftersales.model import Exchange, Inspected, Return
from ordo.aftersales.settling import due_for
from ordo.kernel.clock import to_iso
from ordo.orders.accounts import Accounts
from ordo.orders.adding import NewLine, new_ids
from ordo.orders.cancelling import keys_of, take_out
from ordo.orders.change_draft import ChangeDraft
from ordo.orders.change_kinds import Means
from ordo.orders.decision import Decision
from ordo.orders.editing import add_lines, pointing_at
from ordo.orders.exchanging import let_go
from ordo.orders.model import OrderState, Record
from ordo.orders.posting import Posting, PostingKind, posted
from ordo.orders.trimming import live_units
from ordo.pricing.refund_model import ShippingRefund

CREDIT: PostingKind = "exchange"


@dataclass(frozen=True, slots=True)
class Finished:
    """What the end of an exchange writes beside the refund: the credit taken back, and work that may begin."""

    postings: tuple[Posting, ...] = ()
    records: tuple[Record, ...] = ()


def expected(state: OrderState, found: Return, accounts: Accounts) -> int:
    """What the announced units are worth when they come back as they were, in minor units."""
    return due_for(state, found, tuple(_as_if(found)), accounts).payout


def reserve(state: OrderState, found: Return, means: Means, now: datetime) -> tuple[ChangeDraft, Exchange]:
    """The new goods priced now, added to the order and reserved, and the credit for the old ones.

    Raises what pricing does, `OutOfStock`, `NoNode` and `NodeShort`, with pointers into `/exchange/lines`.
    """
    wanted = found.exchange or Exchange(lines=())
    draft = ChangeDraft(state, now, found.return_id)
    ids = new_ids((line.line_id for line in state.lines), len(wanted.lines))
    new = [NewLine(name, each.sku, each.quantity, each.options) for name, each in zip(ids, wanted.lines, strict=True)]
    ship_to = (means.contact(found.order_id, "contact") or {}).get("ship_to")
    segment = means.accounts.trace(state).get("price", {}).get("segment")
    with pointing_at(range(len(new)), "/exchange/lines"):
        add_lines(
            draft,
            means.require_goods(),
            new,
            ship_to,
            segment,
            means.terms(state, now),
            now,
            awaits=None if wanted.advance else found.return_id,
        )
    price = sum(cart.totals.total for cart in draft.added)
    credit = min(price, max(0, expected(state, found, means.accounts)))
    draft.ask(CREDIT, -credit)
    draft.settle()
    done = {"line_ids": tuple(ids), "price": price, "credit": credit}
    works = tuple(each.fulfilment_id for each in draft.work)
    return draft, wanted.model_copy(update={**done, "fulfilment_ids": works})


def finish(state: OrderState, found: Return, now: datetime, *, before: int) -> Finished:
    """The goods are back: what was credited is taken back, and what waited for them may leave once it is paid for.

    `before` counts postings of the same commit before these.
    """
    if found.exchange is None:
        return Finished()
    moment = to_iso(now)
    works = let_go(state, found.return_id, moment)
    if not found.exchange.credit:
        return Finished((), works)
    back = posted(state, CREDIT, found.exchange.credit, moment, source=found.return_id, before=before)
    return Finished((back,), works)


def close(state: OrderState, found: Return, accounts: Accounts, now: datetime) -> ChangeDraft:
    """The goods never came, or are worth nothing: new goods that have not left are cancelled, and what was credited is
    taken back, so that whoever has the new ones pays for them.

    Raises `NotAllowedNow` where a node has packed them.
    """
    draft = ChangeDraft(state, now, found.return_id)
    exchange = found.exchange
    if exchange is None or not exchange.line_ids:
        return draft
    cuts = {line.line_id: line.quantity for line in state.lines if line.line_id in exchange.line_ids}
    if _are_here(state, cuts):
        take_out(draft, accounts.of(state), cuts, staff=True, shipping=ShippingRefund.NONE)
        draft.ask(CREDIT, exchange.credit)
    else:
        draft.ask("charge", exchange.credit)
    draft.settle()
    return draft


def drafted(type_: str, draft: ChangeDraft, after: Return, *, reason: str | None = None, **data: Any) -> Decision:
    """The decision that writes a draft and the return as it is after it."""
    return Decision(
        type_,
        with_return(draft.state.header, after),
        {**after.told(), **data},
        reason=reason,
        records=(after, *draft.records.values()),
        stock=draft.merged_stock(),
        loads=tuple(draft.loads),
        queue=tuple(draft.queue),
        presales=draft.merged_presales(),
        lots=tuple(draft.lots),
        plan=draft.plan,
    )


def has_left(state: OrderState, found: Return) -> bool:
    """Whether any of the new goods has left: then the exchange cannot be undone."""
    exchange = found.exchange
    if exchange is None or not exchange.line_ids:
        return False
    cuts = {line.line_id: line.quantity for line in state.lines if line.line_id in exchange.line_ids}
    return not _are_here(state, cuts)


def _are_here(state: OrderState, cuts: dict[str, int]) -> bool:
    live = live_units(state)
    wanted: dict[str, int] = {}
    for line in state.lines:
        if line.line_id in cuts:
            wanted |= keys_of(line, cuts[line.line_id])
    return all(live[key] >= units for key, units in wanted.items())


def _as_if(found: Return) -> Iterator[Inspected]:
    for line in found.lines:
        yield Inspected(
            line_id=line.line_id,
            sku=line.sku,
            quantity=line.quantity,
            condition="as_new",
            disposition="restock",
            node_id="",
            receipt=0,
            received_at=found.requested_at,
            part=line.part,
        )
