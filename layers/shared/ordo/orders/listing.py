"""Finding orders: open ones by status or standing, a customer's, or by a number, phone or e-mail that someone has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from ordo.kernel.errors import OrdoError
from ordo.kernel.frozen import Model
from ordo.kernel.shards import SHARDS
from ordo.orders import layout
from ordo.orders.amounts import MoneyView
from ordo.orders.contacts import FoundBy, sought
from ordo.orders.decision import Claim
from ordo.orders.model import CLOSED, OrderStatus
from ordo.runtime import dynamo
from ordo.runtime.secrets import lookup_hash
from ordo.shipments.carrier_events import normal_number

FIRST, LAST = "0", "~"
"""Below and above every `placed_key`, which begins with a year, and every order's id."""
WAYS = ("status", "customer_id", "external_id", "tracking_number", "phone", "email", "standing")
MAX_LOOKS = 5
"""How often a page is filled up before it is given as it is."""


class OrderSummary(Model):
    """One row of a listing."""

    order_id: str
    external_id: str | None = None
    channel: str
    customer_id: str | None = None
    status: OrderStatus
    payment_status: str
    total: MoneyView
    placed_at: str
    standing: Literal["on_time", "jeopardy", "late"] = Field(description="To its promise, at its last event.")
    promised_at: str | None = None


class OrderList(Model):
    """A page; send `next_cursor` back with the same filters for the next one."""

    orders: list[OrderSummary]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What is looked for. Times are ISO texts in UTC, `placed_to` exclusive; a lookup ignores them."""

    status: OrderStatus | None = None
    customer_id: str | None = None
    channel: str | None = None
    external_id: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    phone: str | None = None
    email: str | None = None
    placed_from: str | None = None
    placed_to: str | None = None
    standing: Literal["jeopardy", "late"] | None = None

    def check(self) -> None:
        """Raise unless exactly one way of finding is named, with all it needs."""
        if sum(getattr(self, way) is not None for way in WAYS) != 1:
            raise OrdoError(f"Name exactly one of {', '.join(WAYS)}.", facts={"parameters": list(WAYS)})
        if self.external_id is not None and self.channel is None:
            raise OrdoError("An external_id belongs to a channel: name it.", facts={"parameter": "channel"})
        if self.tracking_number is not None and self.carrier is None:
            raise OrdoError("A tracking_number belongs to a carrier: name it.", facts={"parameter": "carrier"})
        if self.status in CLOSED:
            raise OrdoError("Only open orders are listed by status.", facts={"parameter": "status"})


@dataclass(frozen=True, slots=True)
class Found:
    """Rows, newest first, and the `placed_key` to go on from."""

    rows: list[OrderSummary]
    last_key: str | None


class OrderListing:
    """Reads the sparse indexes and the lookup pointers of the Orders table, and the contacts' keys in Customers."""

    def __init__(self, table: str, customers: str) -> None:
        self._table, self._customers = table, customers

    def find(
        self, wanted: OrderFilter, visible: Callable[[str], bool], *, limit: int, after: str | None = None
    ) -> Found:
        """A page of at most `limit` orders in channels that are `visible`; `after` is the last page's `last_key`.

        It may hold fewer, even none, and go on: orders of other channels, or of a neighbouring status, are left out.
        """
        wanted.check()
        if wanted.status is not None:
            group = layout.status_group(wanted.status)
            keys = [("by_status", "status_key", f"{group}#{shard}") for shard in range(SHARDS)]
        elif wanted.standing is not None:
            keys = [("by_standing", "standing_key", f"{wanted.standing}#{shard}") for shard in range(SHARDS)]
        elif wanted.customer_id is not None:
            keys = [("by_customer", "customer_id", wanted.customer_id)]
        else:
            order_ids, last = self._order_ids(wanted, limit, after)
            return Found([row for row in self._headers(order_ids) if visible(row.channel)], last)
        rows: list[OrderSummary] = []
        for _ in range(MAX_LOOKS):
            found = self._newest(keys, wanted, visible, limit - len(rows), after)
            rows, after = rows + found.rows, found.last_key
            if after is None or len(rows) == limit:
                break
        return Found(rows, after)

    def _newest(
        self,
        keys: list[tuple[str, str, str]],
        wanted: OrderFilter,
        visible: Callable[[str], bool],
        limit: int,
        after: str | None,
    ) -> Found:
        """Merge the index partitions by time; each is read from where the last page ended."""
        low, high = wanted.placed_from or FIRST, min(wanted.placed_to or LAST, after or LAST)
        items: list[dict[str, Any]] = []
        more = False
        for index, name, value in keys:
            page = dynamo.query(
                self._table,
                value,
                index=index,
                pk_name=name,
                sk_name="placed_key",
                sk_from=low,
                sk_to=high,
                forward=False,
                limit=limit + 1,
            )
            items.extend(item for item in page.items if item["placed_key"] < high)
            more = more or page.next_key is not None
        items.sort(key=lambda item: str(item["placed_key"]), reverse=True)
        shown = items[:limit]
        rows = [row for row in self._headers([item["pk"] for item in shown]) if visible(row.channel)]
        if wanted.status is not None:
            rows = [row for row in rows if row.status is wanted.status]
        if wanted.standing is not None:
            rows = [row for row in rows if row.standing == wanted.standing]
        rest = more or len(items) > limit
        return Found(rows, shown[-1]["placed_key"] if shown and rest else None)

    def _headers(self, order_ids: list[str]) -> list[OrderSummary]:
        """The orders as they are now, newest first: the indexes hold only keys."""
        keys = [(self._table, order_id, layout.HEADER_SK) for order_id in order_ids]
        items = dynamo.batch_get(keys)
        return [_summary(item) for item in sorted(items, key=lambda item: str(item["placed_key"]), reverse=True)]

    def _order_ids(self, wanted: OrderFilter, limit: int, after: str | None) -> tuple[list[str], str | None]:
        """Orders that the pointers or keys name, newest first, and the id to go on from."""
        if wanted.external_id is not None:
            return self._claimed(Claim("external", (wanted.channel or "", wanted.external_id), {})), None
        if wanted.tracking_number is not None:
            number = normal_number(wanted.tracking_number)
            return self._claimed(Claim("tracking", (wanted.carrier or "", number), {})), None
        if wanted.phone is not None:
            return self._known("phone", wanted.phone, limit, after)
        return self._known("email", wanted.email or "", limit, after)

    def _known(self, kind: FoundBy, value: str, limit: int, after: str | None) -> tuple[list[str], str | None]:
        page = dynamo.query(
            self._customers,
            lookup_hash(kind, sought(kind, value)),
            index=f"by_{kind}",
            pk_name=f"{kind}_key",
            sk_name="pk",
            sk_from=layout.contact_pk(FIRST),
            sk_to=layout.contact_pk(after or LAST),
            forward=False,
            limit=limit + 1,
        )
        order_ids = [layout.order_of_contact(item) for item in page.items]
        order_ids = [order_id for order_id in order_ids if order_id != after]
        shown, rest = order_ids[:limit], page.next_key is not None or len(order_ids) > limit
        return shown, shown[-1] if shown and rest else None

    def _claimed(self, claim: Claim) -> list[str]:
        pk = layout.claim_pk(claim, lookup_hash(claim.kind, *claim.parts))
        item = dynamo.get_item(self._table, pk, layout.CLAIM_SK, consistent=True)
        return [item["order_id"]] if item else []


def _summary(item: dict[str, Any]) -> OrderSummary:
    return OrderSummary(
        order_id=item["order_id"],
        external_id=item.get("external_id"),
        channel=item["channel"],
        customer_id=item.get("customer_id"),
        status=item["status"],
        payment_status=item["payment_status"],
        total=MoneyView(amount=item["total"], currency=item["currency"]),
        placed_at=item["placed_at"],
        standing=item.get("standing", "on_time"),
        promised_at=item.get("promised_at"),
    )
