"""When an order is ready and when it comes: by its nodes' hours and the table of days on the road, with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ordo.catalog.sourcing_terms import PlanObjective
from ordo.kernel.clock import to_iso
from ordo.sourcing.model import PlannedFulfilment, Promise, SourceNode, SourcingPolicy, km_text
from ordo.sourcing.places import Order, minutes_of


def promise(
    fulfilments: Sequence[PlannedFulfilment], nodes: Mapping[str, SourceNode], policy: SourcingPolicy, order: Order
) -> Promise:
    """Ready when the slowest node has done its part, delivered when the last parcel has come; says which and why."""
    told = [promise_of(each, nodes[each.node_id], policy, order) for each in fulfilments]
    _, deliver, reason = max(told, key=lambda each: each[1])
    if len(told) > 1:
        reason += f"; the last of {len(told)} fulfilments"
    return Promise(to_iso(max(ready for ready, _, _ in told)), to_iso(deliver), reason)


def promise_of(
    part: PlannedFulfilment, node: SourceNode, policy: SourcingPolicy, order: Order
) -> tuple[datetime, datetime, str]:
    """When one node's part is ready, when it comes, and why."""
    way = f"for {km_text(part.metres)} km" if part.metres is not None else "as the distance is not known"
    if order.terms.objective is PlanObjective.FASTEST:
        minutes = minutes_of(node, part.metres, order)
        ready = order.now + timedelta(minutes=minutes.total - minutes.travel)
        parts = [f"{minutes.queue} min queue", f"{minutes.preparation} min preparation"]
        parts += [f"{minutes.closed} min until it opens"] if minutes.closed else []
        reason = f"{part.node_id}: {', '.join(parts)}, then {minutes.travel} min on the road {way}"
        return ready, ready + timedelta(minutes=minutes.travel), reason
    hours, handling = node.terms.hours, node.terms.handling_hours
    handling = policy.handling_hours if handling is None else handling
    begins = (hours.begins(order.now) if hours else None) or order.now
    ready = begins + timedelta(hours=handling)
    ready = (hours.open_from(ready) if hours else None) or ready
    days = policy.transit_days(part.metres)
    later = f" from {to_iso(begins)}, when it works next" if begins > order.now else ""
    return (
        ready,
        ready + timedelta(days=days),
        f"{part.node_id}: {handling} h handling{later}, then {days} d on the road {way}",
    )
