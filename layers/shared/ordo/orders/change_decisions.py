"""From a change's draft to the one decision that its commit writes. Pure."""

from __future__ import annotations

from typing import Any

from ordo.orders.change_draft import ChangeDraft
from ordo.orders.decision import ContactWrite, Decision
from ordo.orders.model import OrderChange
from ordo.orders.preview import units_told
from ordo.shipments.picking import told_if_any


def decision_of(
    draft: ChangeDraft, change: OrderChange, proposed: dict[str, Any] | None, contact: dict[str, Any] | None
) -> Decision:
    """The event, and everything that the draft writes. `proposed` is the contact that the change puts in place of parts
    of `contact`.
    """
    implies = (
        *(("incident.resolved",) if _resolved(draft) else ()),
        *(("order.hold_released",) if draft.holds_released else ()),
    )
    return Decision(
        "order.cancelled" if draft.is_all_cancelled else "order.changed",
        draft.state.header,
        _facts(draft, change, proposed),
        implies=implies,
        reason=change.reason,
        records=tuple(draft.records.values()),
        unclaimed=draft.unclaimed,
        coupons=draft.coupons,
        stock=draft.merged_stock(),
        loads=tuple(draft.loads),
        queue=tuple(draft.queue),
        presales=draft.merged_presales(),
        lots=tuple(draft.lots),
        plan=draft.plan,
        contacts=_contacts(draft, change, proposed, contact),
    )


def _facts(draft: ChangeDraft, change: OrderChange, proposed: dict[str, Any] | None) -> dict[str, Any]:
    """As the event tells it: by reference, amounts in minor units."""
    header, preview = draft.state.header, change.preview
    found: dict[str, Any] = {
        "change_id": change.change_id,
        "kind": change.kind,
        "requested_by": change.requested_by.type,
        "refund": draft.refund,
        "to_pay": draft.to_pay,
        "fee": preview["fee"]["amount"],
        "owed": header.owed,
        "refund_due": header.funds.refund_due,
        "currency": header.currency,
    }
    lists = {
        "bookings": preview["bookings"],
        "lines_ended": preview["lines_ended"],
        "lines_added": [
            {"line_id": line.line_id, "sku": line.stock_sku, "quantity": line.quantity} for line in draft.added_lines
        ],
        "fulfilments_cancelled": preview["fulfilments_cancelled"],
        "fulfilments_changed": preview["fulfilments_changed"],
        "fulfilments_added": preview["fulfilments_added"],
        "incidents_resolved": _resolved(draft),
        "changed": sorted(proposed or ()),
        "coupons_given_back": draft.told.get("coupons_given_back", []),
    }
    found |= {name: value for name, value in lists.items() if value}
    if change.kind in ("address", "delivery"):
        found["holds_released"] = list(draft.holds_released)
    if "shipping_method" in draft.told:
        found["shipping_method"] = draft.told["shipping_method"]
    if draft.is_all_cancelled:
        found["cancel_reason"] = header.cancel_reason
    return found | told_if_any(units_told(draft))


def _resolved(draft: ChangeDraft) -> list[str]:
    return sorted(
        {*draft.told.get("incidents_resolved", ()), *(each for done in draft.trims for each in done.resolved)}
    )


def _contacts(
    draft: ChangeDraft, change: OrderChange, proposed: dict[str, Any] | None, contact: dict[str, Any] | None
) -> tuple[ContactWrite, ...]:
    """The order's personal data as they are then; what was proposed is kept nowhere else any more."""
    known: dict[str, Any] = (contact or {}).get("custom") or {}
    texts = {line_id: known[of] for line_id, of in draft.texts_of.items() if of in known}
    if proposed is None and not texts:
        return ()
    merged = {**(contact or {}), **(proposed or {}), **({"custom": {**known, **texts}} if texts else {})}
    ended = (ContactWrite(f"change#{change.change_id}", None),) if proposed is not None else ()
    return (ContactWrite("contact", merged), *ended)
