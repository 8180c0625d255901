"""What the CustomerMessages queue brings: events of the bus, messages that are due, and what SES tells of its mails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from ordo.complaints.errors import ComplaintNotFound
from ordo.messages.deciding import Happened
from ordo.messages.model import MessageKey
from ordo.messages.service import Messenger
from ordo.notifications.events import subject_in
from ordo.orders.errors import OrderNotFound
from ordo.orders.ports import OrderRepository


def work_off(
    records: Iterable[dict[str, Any]], messenger: Messenger, failed: Callable[[str, Exception], None]
) -> list[str]:
    """Do a batch; gives the ids of messages to bring again. `failed` hears of each failure (to log it)."""
    again = []
    for record in records:
        try:
            take(json.loads(record["body"]), messenger)
        except Exception as error:  # noqa: BLE001  one bad message must not hold up the others
            failed(record["messageId"], error)
            again.append(record["messageId"])
    return again


def take(body: dict[str, Any], messenger: Messenger) -> None:
    """One message of the queue; raises `KeyError` or `ValueError` for one that is none."""
    if "ses" in body:
        order_id, text = _only(body["order"]), _only(body["message"]).replace("-", ".")
        permanent = body["ses"] == "Complaint" or body.get("bounce") == "Permanent"
        reason = "complaint" if body["ses"] == "Complaint" else f"bounce_{str(body.get('bounce', '')).lower()}"
        messenger.bounced(MessageKey.of(order_id, text), reason, permanent=permanent)
    elif "message" in body:
        messenger.wake(MessageKey.of(body["order_id"], body["message"]))
    else:
        try:
            messenger.announce(_happened(body["detail"], messenger.orders))
        except (OrderNotFound, ComplaintNotFound):  # it was erased meanwhile: there is nobody to tell
            return


def _happened(detail: dict[str, Any], orders: OrderRepository) -> Happened:
    data = detail["data"]
    if detail.get("data_omitted"):
        (stored,) = orders.timeline(detail["order_id"], detail["seq"] - 1, 1)
        data = stored.read()["data"]
    return Happened(subject_in(detail), int(detail["seq"]), detail["type"], detail["timestamp"], data)


def _only(value: Any) -> str:
    """A tag of SES: a list of one."""
    return str(value[0] if isinstance(value, list) else value)
