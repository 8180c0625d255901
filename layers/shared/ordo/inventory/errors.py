"""What inventory refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ordo.kernel.errors import Code, NotFound, OrdoError


class StockExhausted(OrdoError):
    """A counter does not hold what the move needs. As an order's refusal it is `out_of_stock`."""

    code = Code.OUT_OF_STOCK

    def __init__(self, key: tuple[str, str, str], *, requested: int, available: int, what: str = "available") -> None:
        self.key, self.requested, self.available = key, requested, available
        sku, node, _bucket = key
        self.what = what
        facts = {"sku": sku, "node_id": node, "requested": requested, what: available}
        super().__init__(f"{sku} at {node}: {requested} wanted, {available} {what}.", facts=facts)


class MovementRefused(OrdoError):
    """A movement would take more than its counter holds; nothing was written."""

    code = Code.STOCK_MOVEMENT_REFUSED


class MovementReused(OrdoError):
    """The movement id belongs to a movement with another body."""

    code = Code.MOVEMENT_REUSED

    def __init__(self, movement_id: str) -> None:
        super().__init__(
            f"Movement {movement_id} was recorded with another body.",
            pointer="/movement_id",
            facts={"movement_id": movement_id},
        )


class CounterChanged(Exception):
    """The counter is no longer as it was read: read it again."""


class FenceTooLarge(OrdoError):
    """Less is free at the node than is to be kept for channels; nothing was written."""

    code = Code.STOCK_MOVEMENT_REFUSED

    def __init__(self, short: StockExhausted) -> None:
        detail = f"{short.requested} units are to be set aside for channels, {short.available} are free."
        super().__init__(detail, pointer="/fences", facts=short.facts)


class OutOfStock(OrdoError):
    """The order wants more than all usable nodes have together; `facts.lines` says what is short per line."""

    code = Code.OUT_OF_STOCK

    def __init__(self, lines: Iterable[Mapping[str, Any]]) -> None:
        super().__init__("Not enough stock for the whole order.", pointer="/lines", facts={"lines": list(lines)})


class SupplyRefused(OrdoError):
    """Dated supply cannot be changed so, or goods are not of it; nothing was written."""

    code = Code.SUPPLY_REFUSED


class UnknownNode(OrdoError):
    """The movement names a node that the catalogue does not have."""

    def __init__(self, node: str, pointer: str) -> None:
        super().__init__(f"There is no node {node!r}.", pointer=pointer, facts={"node_id": node})


class ReservationNotFound(NotFound):
    """No such reservation, or not one of the caller's channels: both look the same."""

    def __init__(self, reservation_id: str) -> None:
        super().__init__(f"There is no reservation {reservation_id}.")


class ReservationsNotOffered(OrdoError):
    """The channel's policy says so."""

    code = Code.RESERVATION_NOT_ALLOWED

    def __init__(self, channel: str) -> None:
        super().__init__(f"Channel {channel!r} offers no reservations before the order.", pointer="/channel")


class ReservationLimit(OrdoError):
    """The customer, or session, would hold more units of a SKU than the channel allows; nothing was written."""

    code = Code.RESERVATION_LIMIT

    def __init__(self, sku: str, *, requested: int, held: int, limit: int, pointer: str) -> None:
        facts = {"sku": sku, "requested": requested, "held": held, "limit": limit}
        detail = f"{sku}: {requested} wanted, {held} reserved already, {limit} may be at once."
        super().__init__(detail, pointer=pointer, facts=facts)


class ReservationEnded(OrdoError):
    """It is the order's own by now, was given back, or its time is over."""

    code = Code.RESERVATION_ENDED

    def __init__(self, state: str, order_id: str | None) -> None:
        facts = {"state": state, **({"order_id": order_id} if order_id else {})}
        super().__init__(f"The reservation is {state}.", facts=facts)
