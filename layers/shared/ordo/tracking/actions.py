"""What a customer does on the page: the same commands as everybody's, with the customer as their actor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from ordo.catalog.errors import InvalidPhone
from ordo.kernel.errors import Code, OrdoError
from ordo.orders.change_kinds import Means
from ordo.orders.change_schemas import ChangeRequest
from ordo.orders.changes import ProposeChange, apply_change, drop_change, propose_change
from ordo.orders.completion import confirm_receipt
from ordo.orders.desk import OrderDesk
from ordo.orders.keys import CommandKey
from ordo.orders.model import Actor
from ordo.orders.schemas import body_hash
from ordo.tracking.words import Speech

CUSTOMER = Actor(type="customer", id="tracking_link")
CLIENT = "~tracking"
"""Whose keys the page's commands have: no API client has an id that begins so."""
FIELDS = ("name", "phone", "region", "city", "district", "line1", "line2", "postal_code")
_REQUIRED = ("city", "line1")
_REASON = "By the customer, on the tracking page."

Form = Mapping[str, str]


class FormWrong(Exception):
    """What was entered cannot be taken: a text for each field, in the order of the form. They are for the page only."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("the form is not right")
        self.errors = errors


def receipt(desk: OrderDesk, _means: Means, order_id: str, _form: Form, _speech: Speech) -> str:
    """Complete the order at the customer's word; again it changes nothing."""
    desk.change(order_id, confirm_receipt, actor=CUSTOMER)
    return "received"


def cancel(desk: OrderDesk, means: Means, order_id: str, form: Form, _speech: Speech) -> str:
    """Cancel what the customer has seen: propose and apply, or refuse when the order has moved on since."""
    request = ChangeRequest(kind="cancel", reason=_REASON, requested_by="customer")
    _carry_out(desk, means, order_id, request, _version(form))
    return "cancelled"


def address(desk: OrderDesk, means: Means, order_id: str, form: Form, speech: Speech) -> str:
    """Send the order elsewhere in the same country; raises `FormWrong`."""
    entered = {name: " ".join(form.get(name, "").split()) for name in FIELDS}
    missing = {name: speech("form.required", field=speech(f"form.{name}")) for name in _REQUIRED if not entered[name]}
    if missing:
        raise FormWrong(missing)
    contact = desk.repository.contact(order_id) or {}
    country = (contact.get("ship_to") or {}).get("country")
    if country is None:
        raise OrdoError("The order has no address.", code=Code.NOT_ALLOWED_NOW)
    ship_to = {name: entered[name] for name in FIELDS[2:] if entered[name]} | {"country": country}
    given: dict[str, Any] = {name: entered[name] for name in ("name", "phone") if entered[name]}
    try:
        request = ChangeRequest.model_validate(
            {"kind": "address", "reason": _REASON, "requested_by": "customer", "ship_to": ship_to, **given}
        )
        _carry_out(desk, means, order_id, request, _version(form))
    except ValidationError as wrong:
        names = [str(each["loc"][-1]) for each in wrong.errors()]
        raise FormWrong(
            {name: speech("form.too_long", field=speech(f"form.{name}")) for name in FIELDS if name in names}
        ) from None
    except InvalidPhone:
        raise FormWrong({"phone": speech("form.bad_phone")}) from None
    return "address"


Act = Callable[[OrderDesk, Means, str, Form, Speech], str]
ACTIONS: Mapping[str, Act] = {"receipt": receipt, "address": address, "cancel": cancel}
"""By the last part of the address: each carries out and gives the notice to show."""


def _carry_out(desk: OrderDesk, means: Means, order_id: str, request: ChangeRequest, version: int) -> None:
    """The same form sent twice is one change. A proposal that cannot be applied leaves nothing personal behind."""
    command: ProposeChange = request.to_command(desk.new_id("chg"))
    named = f"{order_id}.{request.kind}.{version}"
    key = CommandKey.of(CLIENT, named, "track", order_id, body_hash(request))
    change = propose_change(desk, order_id, command, key, means, actor=CUSTOMER, version=version)
    try:
        apply_change(desk, order_id, change.change_id, means, actor=CUSTOMER)
    except OrdoError as refused:
        if refused.code is not Code.BUSY:
            drop_change(desk, order_id, change.change_id, actor=CUSTOMER)
        raise


def _version(form: Form) -> int:
    """The order's version that the page was made from; a form without one is none of ours."""
    text = form.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise OrdoError("The form names no version.", code=Code.VERSION_CONFLICT)
    return int(text)
