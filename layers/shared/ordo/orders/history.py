"""Whether a customer has ordered before: what promotions for a first order ask."""

from __future__ import annotations

from ordo.orders import layout
from ordo.orders.model import OrderStatus
from ordo.runtime import dynamo

LOOK, MAX_LOOKS = 10, 5
"""Orders that are looked at together, the newest first, and how often at most: who cancelled fifty is not new here."""
FIRST, LAST = "0", "~"


class OrderHistory:
    """Reads the sparse index `by_customer` of the Orders table, and the headers that it names."""

    def __init__(self, table: str) -> None:
        self._table = table

    def has_ordered(self, customer_id: str) -> bool:
        """Whether the customer has an order that is not cancelled; one query where there is none.

        An order of the last moments may not be in the index yet. The claim that the commit takes tells two orders that
        are both priced as the first, whenever they came.
        """
        high = LAST
        for _ in range(MAX_LOOKS):
            found = dynamo.query(
                self._table,
                customer_id,
                index="by_customer",
                pk_name="customer_id",
                sk_name="placed_key",
                sk_from=FIRST,
                sk_to=high,
                forward=False,
                limit=LOOK,
            )
            items = [item for item in found.items if item["placed_key"] < high]
            if self._any_alive([item["pk"] for item in items]):
                return True
            if found.next_key is None or not items:
                return False
            high = items[-1]["placed_key"]
        return True

    def _any_alive(self, order_ids: list[str]) -> bool:
        headers = dynamo.batch_get([(self._table, order_id, layout.HEADER_SK) for order_id in order_ids])
        return any(header["status"] != OrderStatus.CANCELLED for header in headers)
