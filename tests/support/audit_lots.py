"""Lots with eyes of their own: what lies in them is what is on hand less what open fulfilments have picked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Protocol

Item = dict[str, Any]
_OPEN = {"planned", "open", "accepted", "picked", "packed"}


class Tables(Protocol):
    """The part of `tests.support.audit.Ledger` that is looked at."""

    orders: dict[str, dict[str, Item]]
    counters: dict[tuple[str, str], Item]
    lots: list[Item]

    def parts(self, order_id: str, kind: str) -> list[Item]: ...


def lot_findings(found: Tables) -> Iterable[str]:
    """What does not add up."""
    lying: Counter[tuple[str, str]] = Counter()
    for lot in found.lots:
        lying[lot["sku"], lot["node"]] += lot["units"]
        if lot["units"] < 0:
            yield f"lot {lot['lot']} of {lot['sku']} at {lot['node']} is below nothing"
    picked: Counter[tuple[str, str]] = Counter()
    for order_id in found.orders:
        for each in found.parts(order_id, "fulfilment"):
            for units in each.get("lots", ()) if each["state"] in _OPEN else ():
                picked[units["sku"], each["node_id"]] += units["quantity"]
    kept = {place for place, counter in found.counters.items() if counter.get("by_lot")}
    for place in kept | set(lying):
        on_hand = found.counters.get(place, {}).get("on_hand", 0)
        if place not in kept:
            yield f"{place}: lots of what is not kept by lot"
        if lying[place] != on_hand - picked[place]:
            yield f"{place}: {lying[place]} in lots, {on_hand} on hand, {picked[place]} picked"
