"""What a change of each kind does to the order as it is now: the one function behind preview and apply. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ordo.catalog.change_terms import ChangeTerms
from ordo.catalog.errors import UnknownChannel
from ordo.catalog.transit_terms import destination_of
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.accounts import Account, Accounts
from ordo.orders.cancelling import cancel_all, cancel_units, require_kept
from ordo.orders.change_draft import ChangeDraft
from ordo.orders.model import Actor, ChangeState, OrderChange, OrderState, Requester
from ordo.orders.preview import preview_of, require_open, require_unpacked
from ordo.orders.reship import Elsewhere

if TYPE_CHECKING:
    from ordo.catalog.channels import ChannelPolicy
    from ordo.catalog.snapshot import CatalogSnapshot
    from ordo.orders.adding import Goods

Contact = dict[str, Any]
Contacts = Callable[[str, str], Contact | None]
"""Personal data of an order by its slot: `contact` now, or `change#<id>` proposed."""

AFTER_THE_END = ("price_adjustment", "goodwill", "exchange")
"""What may also be done with an order that is completed."""
BY_STAFF = ("price_adjustment", "goodwill", "exchange", "reship")


@dataclass(frozen=True, slots=True)
class Means:
    """What changes read beside the order: its account, the channel's policy, personal data; and where goods can be had,
    and lost units again, for kinds that need it.
    """

    accounts: Accounts
    channel: Callable[[OrderState, datetime], ChannelPolicy]
    contact: Contacts
    goods: Goods | None = None
    elsewhere: Elsewhere | None = None

    def terms(self, state: OrderState, now: datetime) -> ChangeTerms:
        """The channel's policy as it is now."""
        return ChangeTerms.of(self.channel(state, now).changes)

    def require_goods(self) -> Goods:
        """Where goods are had; raises `NotAllowedNow` where none are."""
        if self.goods is None:
            raise NotAllowedNow("Goods cannot be changed here.")
        return self.goods


@dataclass(frozen=True, slots=True)
class _Job:
    """One change of an order that is being worked out."""

    draft: ChangeDraft
    change: OrderChange
    means: Means
    proposed: Contact | None

    @property
    def asked(self) -> Mapping[str, Any]:
        return self.change.asked

    @property
    def staff(self) -> bool:
        return self.change.requested_by.type == "staff"

    @property
    def fee(self) -> bool:
        return not (self.staff and self.asked.get("waive_fee", False))

    def account(self) -> Account:
        return self.means.accounts.of(self.draft.state)

    def terms(self) -> ChangeTerms:
        return self.means.terms(self.draft.before, self.draft.now)

    def quantities(self) -> dict[str, int]:
        return {each["line_id"]: each["quantity"] for each in self.asked["lines"]}

    def ship_to(self) -> Mapping[str, Any] | None:
        """The present address."""
        return self._contact().get("ship_to")

    def _contact(self) -> Contact:
        return self.means.contact(self.draft.before.header.order_id, "contact") or {}

    def price(self) -> dict[str, Any]:
        """The price of placement, as its trace keeps it."""
        found: dict[str, Any] = self.means.accounts.trace(self.draft.before).get("price", {})
        return found


def worked_out(
    state: OrderState,
    now: datetime,
    change: OrderChange,
    means: Means,
    proposed: Contact | None,
    *,
    said: Mapping[str, str] | None = None,
) -> ChangeDraft:
    """The draft of a change; `proposed` is the contact that it puts in place, `said` the promise of its preview.

    Raises `NotAllowedNow` with its reason in facts, and what pricing, sourcing and the price rules of refunds refuse.
    """
    draft = ChangeDraft(state, now, change.change_id, said)
    job = _Job(draft, change, means, proposed)
    _require_allowed(job)
    _KINDS[change.kind](job)
    draft.settle()
    return draft


def preview_for(
    state: OrderState, now: datetime, kind: Literal["cancel", "address"], requester: Requester, means: Means
) -> dict[str, Any]:
    """What such a change would do now, without keeping it; raises what forbids it."""
    change = OrderChange(
        change_id="chg_of_nobody",
        order_id=state.header.order_id,
        kind=kind,
        state=ChangeState.PROPOSED,
        requested_by=Actor(type=requester, id=requester),
        reason="",
        based_on=state.header.seq,
        preview={},
        created_at=to_iso(now),
    )
    return preview_of(worked_out(state, now, change, means, None))


class Snapshots(Protocol):
    """What is asked of the catalogue (`ordo.catalog.documents.CatalogRepository` has it)."""

    def load_snapshot(
        self, channel: str, skus: Sequence[str], coupons: Sequence[str], now: datetime
    ) -> CatalogSnapshot:
        """The channel and the products, maybe cached."""
        ...


def channels_of(catalog: Snapshots) -> Callable[[OrderState, datetime], ChannelPolicy]:
    """Reads an order's channel as it is now; raises `UnknownChannel`."""

    def channel(state: OrderState, now: datetime) -> ChannelPolicy:
        found = catalog.load_snapshot(state.header.channel, (), (), now).channel
        if found is None:
            raise UnknownChannel(state.header.channel)
        return found

    return channel


def _require_allowed(job: _Job) -> None:
    kind, state = job.change.kind, job.draft.before
    if not (kind in AFTER_THE_END and state.header.status == "completed"):
        require_open(state)
    if job.staff:
        return
    allowed = job.terms().customer_kinds
    if kind not in allowed:
        raise NotAllowedNow(
            "The channel does not let customers change this themselves.", facts={"kind": kind, "kinds": list(allowed)}
        )


def _cancel(job: _Job) -> None:
    cancel_all(job.draft, job.account(), job.terms(), staff=job.staff, fee=job.fee)


def _cancel_units(job: _Job) -> None:
    account, lines = job.account(), job.quantities()
    require_kept(job.draft.before, account, list(lines.items()), "/lines")
    cancel_units(job.draft, account, job.terms(), lines, staff=job.staff, fee=job.fee)


def _edit(job: _Job) -> None:
    from ordo.orders.editing import edit  # prices and plans: heavy to import, and cancelling needs none of it

    edit(
        job.draft,
        job.account(),
        job.means.require_goods(),
        job.terms(),
        job.asked["operations"],
        job.ship_to(),
        job.price().get("segment"),
        staff=job.staff,
        fee=job.fee,
    )


def _delivery(job: _Job) -> None:
    from ordo.orders.delivering import deliver_otherwise
    from ordo.pricing.codec import shipping_in

    deliver_otherwise(
        job.draft,
        job.account(),
        job.means.require_goods(),
        shipping_in(job.price()),
        now_to=job.ship_to(),
        ship_to=(job.proposed or {}).get("ship_to"),
        method=job.asked.get("shipping_method"),
    )


def _address(job: _Job) -> None:
    require_unpacked(job.draft.before)
    ship_to = (job.proposed or {}).get("ship_to") or {}
    job.draft.set_header(destination=destination_of(ship_to.get("country"), ship_to.get("region")))
    job.draft.release_address_holds()
    job.draft.warnings.append("plan_is_kept")


def _price_adjustment(job: _Job) -> None:
    from ordo.orders.granting import adjust_prices

    asked = job.asked
    adjust_prices(job.draft, job.account(), job.terms(), asked.get("grants", ()), asked.get("shipping"))


def _goodwill(job: _Job) -> None:
    from ordo.orders.granting import give

    give(job.draft, job.account(), job.terms(), job.asked["amount"])


def _exchange(job: _Job) -> None:
    from ordo.orders.adding import NewLine, new_ids
    from ordo.orders.exchanging import exchange

    asked = job.asked
    named = [each["line_id"] for each in asked["add"] if each.get("line_id")]
    fresh = iter(new_ids([*(line.line_id for line in job.draft.before.lines), *named], len(asked["add"])))
    new = [
        NewLine(
            each.get("line_id") or next(fresh),
            each["sku"],
            each["quantity"],
            each.get("options") or {},
            each.get("custom") or {},
        )
        for each in asked["add"]
    ]
    exchange(
        job.draft,
        job.account(),
        job.means.require_goods(),
        job.terms(),
        job.quantities(),
        new,
        job.ship_to(),
        job.price().get("segment"),
        awaits=asked.get("awaits"),
    )


_KINDS: Mapping[str, Callable[[_Job], None]] = {
    "cancel": _cancel,
    "cancel_units": _cancel_units,
    "edit": _edit,
    "delivery": _delivery,
    "address": _address,
    "price_adjustment": _price_adjustment,
    "goodwill": _goodwill,
    "exchange": _exchange,
}
