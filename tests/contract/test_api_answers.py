"""Every operation of the document really gives every answer that it declares, and no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from ordo.kernel.clock import system_clock
from ordo.orders.model import shipment_id
from ordo.payments.credit import MAX_GRANTS
from ordo.payments.credit_repository import DynamoCreditStore
from ordo.payments.credit_service import CreditService
from ordo.payments.stripe_webhook import signature_of
from ordo.runtime import secrets
from tests.contract.answers import NOBODY, Document, Tour
from tests.support.pushes import signed
from tests.support.returned import came, inspected
from tests.support.shop import carrier_request, order_body, payment, promise_body, quote_body
from tests.support.shop import tell as carrier_tells
from tests.support.stripe_server import SECRET
from tests.support.uploads import JPEG, proof, upload
from tests.support.world import Client, World
from tools.openapi import document

ORDER = "/v1/orders"
ONE = "/v1/orders/{order_id}"
PAYMENTS = f"{ONE}/payments"
REMITTANCE = "/v1/shipments/{shipment_id}/remittance"
TENDERS, RETRY = f"{ONE}/tenders", "/v1/payment-instructions/{instruction_id}/retry"
PAYMENT_EVENTS, CREDITS = "/v1/payments/{provider}/events", "/v1/customers/{customer_id}/credits"
HOLDS = f"{ONE}/holds"
CHANGES = f"{ONE}/changes"
RECEIPT = f"{ONE}/receipt-confirmation"
WORK = "/v1/fulfilments/{fulfilment_id}/"
INCIDENT = "/v1/incidents/{incident_id}/sourcing"
CARRIER = "/v1/carriers/{carrier}/events"
PUSHES = "/v1/carrier-pushes"
PUSH = f"{PUSHES}/{{push_id}}"
COUPONS = "/v1/promotions/{promotion_id}/coupons"
ENDPOINT = "/v1/webhook-endpoints/{endpoint_id}"
QUOTES = "/v1/quotes"
PROMISES = "/v1/promises"
RESERVATIONS = "/v1/reservations"
SHIPMENT = "/v1/shipments/{shipment_id}"
SETTLED = "/v1/incidents/{incident_id}/resolution"
LIABILITY = f"{ONE}/liability"
RETURNS, RETURN = f"{ONE}/returns", "/v1/returns/{return_id}"
CLAIMS, CLAIM = f"{SHIPMENT}/claims", "/v1/claims/{claim_id}/"
COMPLAINTS = "/v1/complaints"
COMPLAINT = f"{COMPLAINTS}/{{complaint_id}}"
RESERVATION = f"{RESERVATIONS}/{{reservation_id}}"
SETTINGS = "/v1/stock/{sku}/nodes/{node_id}"
REQUIREMENTS = "/v1/purchase-requirements"
SUPPLY = "/v1/supply/{supply_id}"
SIMULATE = "/v1/promotions/{promotion_id}/simulate"
REFUNDS = f"{ONE}/refunds/preview"
UNKNOWN = {
    "order_id": "ord_none",
    "hold_id": "hld_none",
    "change_id": "chg_none",
    "fulfilment_id": "ful_none_1",
    "incident_id": "inc_none_1",
    "instruction_id": "ins_none_1",
    "shipment_id": "shp_none_1",
    "claim_id": "clm_none_1",
    "complaint_id": "cmp_none",
    "return_id": "ret_none_1",
    "sku": "NONE",
    "code": "NONE",
    "country": "XX",
    "key": "none",
    "carrier": "nobody",
    "push_id": f"2026-03-02.generic.{'0' * 32}",
}
TOO_LARGE = b'{"x": "' + b"x" * (1024 * 1024) + b'"}'


@pytest.fixture
def tour(world: World) -> Tour:
    return Tour(world, Document(document()))


def unknown(template: str) -> dict[str, str]:
    """Parameters that name nothing."""
    names = [part[1:-1] for part in template.split("/") if part.startswith("{")]
    return {name: UNKNOWN.get(name, "none") for name in names}


def test_every_declared_answer_is_given(tour: Tour) -> None:
    visits = (
        orders,
        prices,
        refund_previews,
        payments,
        tenders,
        remittances,
        payment_events,
        credit,
        holds,
        changes,
        work,
        answers,
        receipts,
        carriers,
        pushes,
        deliveries,
        claims,
        returns,
        packing,
        stock,
        complaints,
    )
    for visit in (*visits, catalogue, promises, endpoints, reservations):
        visit(tour)
    refusals(tour)
    assert tour.document.missing() == {}


# ---------------------------------------------------------------- what each refuses alike
def refusals(tour: Tour) -> None:
    """Keys, scopes, bodies, unknown things, and failures of AWS and of our own: the same for every operation."""
    for method, template, operation in tour.document.operations():
        if template in (CARRIER, PAYMENT_EVENTS):
            continue
        declared = tour.document.declared(method, template)
        names, good = request_for(tour, method, template)
        query = QUERIES.get(template, "") if method == "GET" else ""
        tour.call(method, template, good, client="ordo_nobody_wrong", query=query, **names)
        tour.call(method, template, good, client=NOBODY, query=query, **names)
        if 413 in declared:
            tour.call(method, template, TOO_LARGE, **names)
        if 400 in declared and "requestBody" in operation:
            tour.call(method, template, b"{", **names)
        if 404 in declared:
            tour.call(method, template, good, query=query, **unknown(template))
        for bug in (False, True):
            with tour.broken(bug=bug):
                tour.call(method, template, good, query=query, **names)


def request_for(tour: Tour, method: str, template: str) -> tuple[dict[str, str], Any]:
    """Parameters and a body that are right; a document of the catalogue as it is, with an edit."""
    if method == "PUT" and template in DOCUMENTS:
        names, edit = DOCUMENTS[template]
        return names, tour.call("GET", template, **names).body | edit
    if template == SETTINGS:
        return {"sku": "TEE-WHITE-M", "node_id": "hangzhou"}, GOOD[method, template]
    return unknown(template), GOOD.get((method, template))


QUERIES = {
    ORDER: "status=placed",
    "/v1/stock/movements": "sku=TEE-WHITE-M&node=hangzhou",
    "/v1/supply": "sku=TEE-WHITE-M",
    "/v1/fulfilments": "node=hangzhou&state=open",
    "/v1/incidents": "owner=operations",
    COMPLAINTS: "owner=manager",
    LIABILITY: "line_id=1",
    CREDITS: "currency=CNY",
}
PAYMENT = payment(100)
GOOD: dict[tuple[str, str], Any] = {
    ("POST", ORDER): order_body(),
    ("POST", PAYMENTS): PAYMENT,
    ("POST", TENDERS): {"tenders": [{"provider": "store_credit"}]},
    ("POST", REMITTANCE): {"amount": {"amount": 100, "currency": "CNY"}},
    ("POST", CREDITS): {"amount": {"amount": 100, "currency": "CNY"}, "reason": "goodwill"},
    ("POST", RECEIPT): {},
    ("POST", HOLDS): {"kind": "fraud", "reason": "looks odd"},
    ("POST", CHANGES): {"kind": "cancel", "reason": "changed my mind", "requested_by": "customer"},
    ("POST", f"{WORK}reject"): {"reason": "closed"},
    ("POST", f"{WORK}pick"): {"short": [{"line_id": "1", "quantity": 1}], "reason": "missing"},
    ("POST", f"{WORK}dispatch"): {"carrier": "generic", "tracking_number": "TRK-0"},
    ("POST", "/v1/stock/movements"): {
        "movement_id": "tour-0",
        "kind": "receive",
        "sku": "TEE-WHITE-M",
        "node_id": "hangzhou",
        "quantity": 1,
        "reason": "delivery",
    },
    ("POST", f"{SHIPMENT}/uploads"): {"kind": "photo", "content_type": "image/jpeg"},
    ("POST", f"{SHIPMENT}/proof"): proof(),
    ("POST", f"{WORK}uploads"): {"content_type": "image/jpeg"},
    ("POST", f"{WORK}packing-photos"): {"photos": ["upl_01KJM1TD80QF4RNX9Z5TTWJ1H9"]},
    ("POST", SETTLED): {"resolution": "settled"},
    ("POST", COMPLAINTS): {"channel": "web", "subject": "Late", "text": "It came a week late."},
    ("POST", f"{COMPLAINT}/messages"): {"role": "staff", "text": "We look after it."},
    ("POST", f"{COMPLAINT}/resolution"): {"outcome": "apology", "reason": "Said sorry"},
    ("POST", f"{COMPLAINT}/reopening"): {"text": "Late again"},
    ("POST", CLAIMS): {"tracking_number": "TRK-C", "reason": "lost"},
    ("POST", f"{CLAIM}filing"): {"reference": "case-7"},
    ("POST", f"{CLAIM}acceptance"): {},
    ("POST", f"{CLAIM}refusal"): {"reason": "late"},
    ("POST", f"{CLAIM}recovery"): {"amount": {"amount": 1, "currency": "CNY"}},
    ("POST", RETURNS): {"lines": [{"line_id": "1", "quantity": 1}], "reason": "too_small"},
    ("POST", f"{RETURNS}/uploads"): {"content_type": "image/jpeg"},
    ("POST", f"{RETURNS}/receipt"): {"node_id": "hangzhou", "units": [inspected()]},
    ("POST", f"{RETURN}/decision"): {"decision": "approve"},
    ("POST", f"{RETURN}/tracking"): {"carrier": "generic", "tracking_number": "TRK-B"},
    ("POST", f"{RETURN}/receipt"): {"node_id": "hangzhou", "units": [inspected()]},
    ("POST", COUPONS): {"count": 2, "total_limit": 1},
    ("POST", QUOTES): quote_body(),
    ("POST", PROMISES): promise_body(),
    ("POST", RESERVATIONS): {**promise_body(), "customer_id": "c-77"},
    ("POST", f"{RESERVATION}/extension"): {"minutes": 20},
    ("PUT", SETTINGS): {"reorder_point": 3, "reorder_to": 9},
    ("PUT", SUPPLY): {"sku": "TEE-WHITE-M", "node_id": "hangzhou", "quantity": 5, "due_on": "2026-04-10"},
    ("POST", SIMULATE): {"carts": [quote_body()]},
    ("POST", REFUNDS): {"lines": [{"line_id": "1", "quantity": 1}]},
    ("PUT", ENDPOINT): {"url": "https://shop.example/ordo", "channels": ["web"]},
    ("PUT", "/v1/places"): {
        "places": [
            {"country": "CN", "key": "100000", "location": {"lat": 39.9, "lon": 116.4}, "precision": "postal_code"}
        ]
    },
}


# ---------------------------------------------------------------- each in its own way
def placed(tour: Tour, **changes: Any) -> dict[str, Any]:
    answer = tour.call("POST", ORDER, order_body(**changes))
    assert answer.status == 201
    body: dict[str, Any] = answer.body
    return body


def paid(tour: Tour, reference: str) -> dict[str, Any]:
    order = placed(tour, external_id=f"TOUR-{reference}")
    total = order["totals"]["total"]["amount"]
    assert tour.call("POST", PAYMENTS, payment(total, reference=reference), **of(order)).status == 201
    return order


def of(order: dict[str, Any]) -> dict[str, str]:
    return {"order_id": order["order_id"]}


def orders(tour: Tour) -> None:
    order = placed(tour)
    tour.call("GET", ONE, **of(order))
    tour.call("GET", f"{ONE}/timeline", query="verify=true", **of(order))
    tour.call("GET", f"{ONE}/timeline", query="verify=perhaps", **of(order))
    tour.call("GET", f"{ONE}/messages", **of(order))
    tour.call("GET", ORDER, query="status=placed")
    tour.call("GET", ORDER, query="status=unheard_of")
    tour.call("GET", ORDER, query="status=placed&cursor=bm90LW91cnM")
    tour.call("POST", ORDER, order_body(("TEE-WHITE", 99_999, {"size": "M"})))
    tour.call("POST", ORDER, order_body(currency="XXX"))


def prices(tour: Tour) -> None:
    assert tour.call("POST", QUOTES, quote_body()).status == 200
    assert tour.call("POST", QUOTES, quote_body(currency="XXX")).status == 422
    once = {"promotion_id": "audio-10", "total_limit": 1}
    assert tour.call("PUT", "/v1/coupons/{code}", once, code="ONCE").status == 200
    buds = ("AURORA-BUDS", 1, {"colour": "blue"})
    assert tour.call("POST", ORDER, order_body(buds, coupons=["ONCE"])).status == 201
    assert tour.call("POST", QUOTES, quote_body(buds, coupons=["ONCE"])).status == 409
    tried = {"promotion_id": "garments-300-50"}
    assert tour.call("POST", SIMULATE, GOOD["POST", SIMULATE], **tried).status == 200
    assert tour.call("POST", SIMULATE, {"carts": []}, **tried).status == 422


def promises(tour: Tour) -> None:
    assert tour.call("POST", PROMISES, promise_body()).status == 200
    assert tour.call("POST", PROMISES, promise_body(("NONE", 1, {}))).status == 422


def refund_previews(tour: Tour) -> None:
    order, good = placed(tour, external_id="TOUR-refund"), GOOD["POST", REFUNDS]
    assert tour.call("POST", REFUNDS, good, **of(order)).status == 200
    assert tour.call("POST", REFUNDS, {"lines": [{"line_id": "1", "quantity": 4}]}, **of(order)).status == 409
    assert tour.call("POST", REFUNDS, {"lines": [{"line_id": "9", "quantity": 1}]}, **of(order)).status == 422


def payments(tour: Tour) -> None:
    order = paid(tour, "p1")
    total = order["totals"]["total"]["amount"]
    assert tour.call("POST", PAYMENTS, payment(total, reference="p1"), **of(order)).status == 200
    assert tour.call("POST", PAYMENTS, payment(1, reference="p1"), **of(order)).status == 422
    assert tour.call("POST", PAYMENTS, payment(total + 1, kind="refunded", reference="p2"), **of(order)).status == 409


def tenders(tour: Tour) -> None:
    order = placed(tour, external_id="TOUR-tender")
    good = GOOD["POST", TENDERS]
    assert tour.call("GET", PAYMENTS, **of(order)).status == 200
    assert tour.call("POST", TENDERS, {"tenders": [{"provider": "alipay", "amount": 1}]}, **of(order)).status == 422
    assert tour.call("POST", TENDERS, good, **of(order)).status == 200
    assert tour.call("POST", TENDERS, good | {"version": 1}, **of(order)).status == 409
    tour.world.pump()  # the customer has no credit: it is declined
    (failed,) = tour.call("GET", PAYMENTS, **of(order)).body["instructions"]
    assert tour.call("POST", RETRY, instruction_id=failed["instruction_id"]).status == 200
    tour.world.pump()
    tour.call("POST", TENDERS, {"tenders": [{"provider": "alipay"}]}, **of(order))
    assert tour.call("POST", RETRY, instruction_id=failed["instruction_id"]).status == 409


def remittances(tour: Tour) -> None:
    body = order_body(external_id="TOUR-cash", tenders=[{"provider": "cash_on_delivery"}])
    order = tour.call("POST", ORDER, body).body
    one = {"fulfilment_id": fulfilment(order)}
    tour.call("POST", f"{WORK}dispatch", {"carrier": "generic", "tracking_number": "CASH-1"}, **one)
    shipment, total = {"shipment_id": shipment_id(order["order_id"], 1)}, order["totals"]["total"]
    assert tour.call("POST", REMITTANCE, {"amount": total}, **shipment).status == 409
    cash = payment(total["amount"], reference=shipment["shipment_id"]) | {"provider": "cash_on_delivery"}
    assert tour.call("POST", PAYMENTS, cash, **of(order)).status == 201
    assert tour.call("POST", REMITTANCE, {"amount": total | {"currency": "USD"}}, **shipment).status == 422
    assert tour.call("POST", REMITTANCE, {"amount": total}, **shipment).status == 200


def payment_events(tour: Tour) -> None:
    order = placed(tour, external_id="TOUR-stripe")
    total = order["totals"]["total"]["amount"]
    intent = {
        "id": "pi_tour",
        "currency": "cny",
        "amount_received": total,
        "metadata": {"ordo_order": order["order_id"]},
    }

    def tell(body: bytes, provider: str = "stripe", secret: str = SECRET) -> int:
        stamp = str(int(system_clock().timestamp()))
        headers = {"Stripe-Signature": f"t={stamp},v1={signature_of(body, stamp, secret)}"}
        return tour.call("POST", PAYMENT_EVENTS, body, headers=headers, provider=provider).status

    def event(found: Any, kind: str = "payment_intent.succeeded") -> bytes:
        return json.dumps({"type": kind, "data": {"object": found}}).encode()

    assert tell(event(intent)) == 200
    assert tell(b"{") == 400
    assert tell(event(intent), secret="whsec_other") == 401
    assert tell(event(intent), provider="nobody") == 404
    refund = {"id": "re_tour", "currency": "cny", "amount": total + 1, "status": "succeeded", "metadata": {}}
    refund |= {"payment_intent": "pi_tour", "metadata": {"ordo_order": order["order_id"]}}
    assert tell(event(refund, "refund.created")) == 409
    assert tell(event(intent | {"amount_received": 1})) == 422
    assert tell(b"x" * (1024 * 1024 + 1)) == 413
    with tour.broken(bug=False):
        tell(event(intent | {"id": "pi_2"}))
    secrets.forget()
    with tour.broken(bug=True):
        tell(event(intent | {"id": "pi_3"}))


def credit(tour: Tour) -> None:
    good = GOOD["POST", CREDITS]
    assert tour.call("POST", CREDITS, good, customer_id="c-tour").status == 201
    assert tour.call("POST", CREDITS, good | {"reason": "Not a code"}, customer_id="c-tour").status == 422
    assert tour.call("GET", CREDITS, query="currency=CNY", customer_id="c-tour").status == 200
    assert tour.call("GET", CREDITS, customer_id="c-tour").status == 422
    many = CreditService(DynamoCreditStore("CustomersTable"), system_clock)
    for number in range(MAX_GRANTS):
        many.grant("c-many", "CNY", 1, key=f"g{number}")
    assert tour.call("POST", CREDITS, good, customer_id="c-many").status == 409


def holds(tour: Tour) -> None:
    order = placed(tour, external_id="TOUR-hold")
    good = GOOD["POST", HOLDS]
    hold = tour.call("POST", HOLDS, good, **of(order)).body["hold_id"]
    tour.call("POST", HOLDS, good | {"version": 1}, **of(order))
    tour.call("POST", HOLDS, {"kind": "unheard_of"}, **of(order))
    assert tour.call("POST", f"{HOLDS}/{{hold_id}}/release", hold_id=hold, **of(order)).status == 200


def changes(tour: Tour) -> None:
    order = placed(tour, external_id="TOUR-change")
    good = GOOD["POST", CHANGES]
    tour.call("POST", CHANGES, {"kind": "unheard_of"}, **of(order))
    tour.call("POST", CHANGES, good | {"version": 77}, **of(order))
    first = tour.call("POST", CHANGES, good, **of(order)).body["change_id"]
    assert tour.call("DELETE", f"{CHANGES}/{{change_id}}", change_id=first, **of(order)).status == 204
    assert tour.call("POST", f"{CHANGES}/{{change_id}}/apply", change_id=first, **of(order)).status == 409
    second = tour.call("POST", CHANGES, good, **of(order)).body["change_id"]
    assert tour.call("POST", f"{CHANGES}/{{change_id}}/apply", change_id=second, **of(order)).status == 200
    assert tour.call("DELETE", f"{CHANGES}/{{change_id}}", change_id=second, **of(order)).status == 409


def work(tour: Tour) -> None:
    waiting = placed(tour, external_id="TOUR-wait")
    ready = paid(tour, "w1")
    for action in ("accept", "pick", "pack"):
        early = waiting["plan"]["fulfilments"] and fulfilment(waiting)
        assert tour.call("POST", f"{WORK}{action}", fulfilment_id=early).status == 409
        assert tour.call("POST", f"{WORK}{action}", fulfilment_id=fulfilment(ready)).status == 200
    assert tour.call("POST", f"{WORK}pick", {"lots": 7}, fulfilment_id=fulfilment(ready)).status == 422
    dispatch = GOOD["POST", f"{WORK}dispatch"]
    assert tour.call("POST", f"{WORK}dispatch", dispatch, fulfilment_id=fulfilment(waiting)).status == 409
    assert tour.call("POST", f"{WORK}dispatch", {"carrier": "generic"}, fulfilment_id=fulfilment(ready)).status == 422
    assert tour.call("POST", f"{WORK}dispatch", dispatch, fulfilment_id=fulfilment(ready)).status == 200
    tour.call("GET", "/v1/fulfilments", query="node=hangzhou&state=open")
    tour.call("GET", "/v1/fulfilments", query="node=hangzhou&state=unheard_of")
    tour.call("GET", "/v1/fulfilments", query="node=hangzhou&state=open&cursor=bm90LW91cnM")


def answers(tour: Tour) -> None:
    """A node that does not give what it was to give."""
    waiting = placed(tour, external_id="TOUR-refuse")
    tour.world.call("PUT", "/v1/products/TOUR", {"name": {"en": "x"}, "prices": {"cny-retail": 9}})
    one = GOOD["POST", "/v1/stock/movements"] | {"movement_id": "tour-x", "sku": "TOUR", "quantity": 2}
    assert tour.call("POST", "/v1/stock/movements", one).status == 201
    order = tour.call("POST", ORDER, order_body(("TOUR", 2, {}), external_id="TOUR-last")).body
    total = order["totals"]["total"]["amount"]
    assert tour.call("POST", PAYMENTS, payment(total, reference="last"), **of(order)).status == 201
    short, closed = GOOD["POST", f"{WORK}pick"], GOOD["POST", f"{WORK}reject"]
    assert tour.call("POST", f"{WORK}reject", closed, fulfilment_id=fulfilment(waiting)).status == 409
    assert tour.call("POST", f"{WORK}reject", {"reason": "unheard_of"}, fulfilment_id=fulfilment(order)).status == 422
    assert tour.call("POST", f"{WORK}pick", short | {"reason": None}, fulfilment_id=fulfilment(order)).status == 422
    refused = tour.call("POST", f"{WORK}reject", closed, fulfilment_id=fulfilment(order))
    assert tour.call("POST", INCIDENT, incident_id=refused.body["incident"]).status == 200
    last = tour.call("POST", f"{WORK}pick", short, fulfilment_id=fulfilment(order, 2))
    assert tour.call("POST", INCIDENT, incident_id=last.body["incident"]).status == 409


def fulfilment(order: dict[str, Any], number: int = 1) -> str:
    return f"ful_{order['order_id'].removeprefix('ord_')}_{number}"


def receipts(tour: Tour) -> None:
    order = paid(tour, "r1")
    assert tour.call("POST", RECEIPT, {}, **of(order)).status == 409
    assert tour.call("POST", RECEIPT, {"confirmed_by": 7}, **of(order)).status == 422
    parcel = {"carrier": "generic", "tracking_number": "TRK-R"}
    tour.call("POST", f"{WORK}dispatch", parcel, fulfilment_id=fulfilment(order))
    assert tour.call("POST", RECEIPT, {}, **of(order)).status == 200


def deliveries(tour: Tour) -> None:
    order = paid(tour, "d1")
    sent = {"carrier": "generic", "tracking_number": "TRK-D"}
    assert tour.call("POST", f"{WORK}dispatch", sent, fulfilment_id=fulfilment(order)).status == 200
    one = {"shipment_id": f"shp_{order['order_id'].removeprefix('ord_')}_1"}
    uploads, proofs = f"{SHIPMENT}/uploads", f"{SHIPMENT}/proof"
    assert tour.call("POST", uploads, GOOD["POST", uploads], **one).status == 200
    assert tour.call("POST", uploads, {"kind": "film"}, **one).status == 422
    link = f"{SHIPMENT}/signing-link"
    assert tour.call("GET", link, **one).status == 200
    assert tour.call("GET", link, query="tracking_number=TRK-X", **one).status == 422
    assert tour.call("POST", proofs, proof(condition="unheard_of"), **one).status == 422
    damaged = proof(damaged=[{"line_id": "1", "quantity": 1}])
    assert tour.call("POST", proofs, damaged, **one).status == 201
    assert tour.call("POST", proofs, damaged, **one).status == 409
    assert tour.call("GET", link, **one).status == 409
    assert tour.call("GET", proofs, **one).status == 200
    assert tour.call("GET", LIABILITY, query="line_id=1", **of(order)).status == 200
    assert tour.call("GET", f"{ONE}/damage-reports", **of(order)).status == 200
    assert tour.call("GET", LIABILITY, query="line_id=9", **of(order)).status == 422
    incident = {"incident_id": tour.call("GET", ONE, **of(order)).body["incidents"][0]["incident_id"]}
    assert tour.call("GET", "/v1/incidents/{incident_id}", **incident).status == 200
    assert tour.call("GET", "/v1/incidents", query="owner=customer_service").status == 200
    assert tour.call("GET", "/v1/incidents", query="owner=customer_service&cursor=bm90LW91cnM").status == 400
    assert tour.call("GET", "/v1/incidents", query="limit=7").status == 422
    assert tour.call("POST", SETTLED, {"resolution": "unheard_of"}, **incident).status == 422
    assert tour.call("POST", SETTLED, {"resolution": "settled"}, **incident).status == 200
    assert tour.call("POST", SETTLED, {"resolution": "returned"}, **incident).status == 409


def claims(tour: Tour) -> None:
    order = paid(tour, "c1")
    sent = {"carrier": "generic", "tracking_number": "TRK-C"}
    assert tour.call("POST", f"{WORK}dispatch", sent, fulfilment_id=fulfilment(order)).status == 200
    one = {"shipment_id": f"shp_{order['order_id'].removeprefix('ord_')}_1"}
    good = GOOD["POST", CLAIMS]
    too_much = {"amount": {"amount": 10**9, "currency": "CNY"}}
    assert tour.call("POST", CLAIMS, good | too_much, **one).status == 422
    assert tour.call("POST", CLAIMS, good | {"version": 1}, **one).status == 409
    claim = {"claim_id": tour.call("POST", CLAIMS, good, **one).body["claim_id"]}
    steps = [
        (f"{CLAIM}filing", {"reference": "?"}),
        (f"{CLAIM}acceptance", {"amount": 7}),
        (f"{CLAIM}refusal", {"reason": "unheard_of"}),
        (f"{CLAIM}recovery", too_much),
    ]
    for path, _ in steps[1:]:
        assert tour.call("POST", path, GOOD["POST", path], **claim).status == 409
    for path, wrong in steps:
        if path != f"{CLAIM}refusal":
            assert tour.call("POST", path, GOOD["POST", path], **claim).status == 200
        assert tour.call("POST", path, wrong, **claim).status == 422
    assert tour.call("POST", f"{CLAIM}filing", {"reference": "case-8"}, **claim).status == 409
    other = {"claim_id": tour.call("POST", CLAIMS, good | {"reason": "damaged"}, **one).body["claim_id"]}
    assert tour.call("POST", f"{CLAIM}filing", {}, **other).status == 200
    assert tour.call("POST", f"{CLAIM}refusal", GOOD["POST", f"{CLAIM}refusal"], **other).status == 200


def returns(tour: Tour) -> None:
    """Asked for twice, decided, sent, counted; and goods that nobody announced."""
    world, good = tour.world, GOOD["POST", RETURNS]
    order = came(world, "TRK-BACK")
    assert tour.call("POST", f"{RETURNS}/uploads", {"content_type": "image/jpeg"}, **of(order)).status == 200
    assert tour.call("POST", f"{RETURNS}/uploads", {"content_type": "text/html"}, **of(order)).status == 422
    assert tour.call("POST", RETURNS, {**good, "reason": "unheard_of"}, **of(order)).status == 422
    one = {"return_id": tour.call("POST", RETURNS, good, **of(order)).body["return_id"]}
    assert tour.call("GET", RETURN, **one).status == 200
    decision, tracking = f"{RETURN}/decision", f"{RETURN}/tracking"
    assert tour.call("POST", decision, {"decision": "settle"}, **one).status == 409
    assert tour.call("POST", decision, {"decision": "unheard_of"}, **one).status == 422
    assert tour.call("POST", decision, {"decision": "approve"}, **one).status == 200
    assert tour.call("POST", tracking, {"carrier": "generic", "tracking_number": "TRK-BACK"}, **one).status == 409
    assert tour.call("POST", tracking, {"carrier": "?", "tracking_number": "TRK-BACK"}, **one).status == 422
    assert tour.call("POST", tracking, GOOD["POST", tracking], **one).status == 200
    receipt = f"{RETURN}/receipt"
    assert tour.call("POST", receipt, {**GOOD["POST", receipt], "preview": True}, **one).status == 200
    assert tour.call("POST", receipt, {"node_id": "hangzhou", "units": []}, **one).status == 422
    assert tour.call("POST", receipt, GOOD["POST", receipt], **one).status == 200
    assert tour.call("POST", receipt, GOOD["POST", receipt], **one).status == 409
    unannounced, rest = f"{RETURNS}/receipt", {"node_id": "hangzhou", "units": [inspected(quantity=2)]}
    assert tour.call("POST", unannounced, {**rest, "units": [inspected("9")]}, **of(order)).status == 422
    assert tour.call("POST", unannounced, rest, **of(order)).status == 201
    nothing = {"node_id": "hangzhou", "units": [], "complete": True}
    assert tour.call("POST", unannounced, nothing, **of(order)).status == 409
    assert tour.call("POST", RETURNS, good, **of(order)).status == 409


def packing(tour: Tour) -> None:
    order = paid(tour, "d2")
    one, photos = {"fulfilment_id": fulfilment(order)}, f"{WORK}packing-photos"
    uploads, asked = f"{WORK}uploads", {"content_type": "image/jpeg"}
    assert tour.call("POST", uploads, asked, **one).status == 409
    assert tour.call("POST", f"{WORK}accept", **one).status == 200
    assert tour.call("POST", uploads, {"content_type": "text/html"}, **one).status == 422
    form = tour.call("POST", uploads, asked, **one).body
    named = {"photos": [upload(tour.world, form, JPEG)]}
    assert tour.call("POST", photos, GOOD["POST", photos], **one).status == 422
    assert tour.call("POST", photos, named, **one).status == 200
    late = {"photos": [upload(tour.world, tour.call("POST", uploads, asked, **one).body, JPEG + b"2")]}
    sent = {"carrier": "generic", "tracking_number": "TRK-E"}
    assert tour.call("POST", f"{WORK}dispatch", sent, **one).status == 200
    carrier_tells(tour.world, "TRK-E", "picked_up")
    assert tour.call("POST", photos, late, **one).status == 409


def carriers(tour: Tour) -> None:
    def tell(
        number: str, *, carrier: str = "generic", change: Callable[[dict[str, Any]], None] = lambda _: None
    ) -> None:
        request = carrier_request(number, "in_transit", "2026-03-02T10:00:00Z", f"msg_{number}_{carrier}")
        change(request)
        tour.call("POST", CARRIER, request["body"], headers=request["headers"], carrier=carrier)

    def unsigned(request: dict[str, Any]) -> None:
        request["headers"]["webhook-signature"] = "v1,bm8="

    tell("TRK-0")
    tell("TRK-UNKNOWN")
    tell("TRK-0", carrier="nobody")
    tell("TRK-0", change=unsigned)
    for body in (b"{", b'{"type": "tracking.updated"}'):
        tour.call("POST", CARRIER, body, headers=signed_by_carrier(body), carrier="generic")
    tour.call("POST", CARRIER, b"x" * (256 * 1024 + 1), headers=signed_by_carrier(b"x"), carrier="generic")
    with tour.broken(bug=False):
        tell("TRK-1")
    secrets.forget()
    with tour.broken(bug=True):
        tell("TRK-2")


def pushes(tour: Tour) -> None:
    """What carriers sent that could not be read: the two bodies of before, and a status that nobody knows."""
    strange = (
        b'{"event": "tracking_update", "msg": {"tracking_number": "TRK-0", "tag": "Teleported"}, "ts": 1772445600}'
    )
    push = signed("aftership", strange, system_clock())
    assert tour.call("POST", CARRIER, push.body, headers=dict(push.headers), carrier="aftership").status == 200
    page = tour.call("GET", PUSHES, query="limit=1").body
    following = page["next_cursor"]
    rest = tour.call("GET", PUSHES, query=f"since=0000-00-00&cursor={quote(following)}").body["pushes"]
    ids = [row["push_id"] for row in (*page["pushes"], *rest)]
    assert [name.split(".")[1] for name in ids] == ["aftership", "generic", "generic"]
    tour.call("GET", PUSHES, query="cursor=forged")
    tour.call("GET", PUSHES, query="since=yesterday")
    told = tour.call("GET", PUSH, push_id=ids[0]).body
    assert (told["unread"], told["body"]) == (["status"], strange.decode())
    for name in ids:
        tour.call("POST", f"{PUSH}/reading", push_id=name)


def signed_by_carrier(body: bytes) -> dict[str, str]:
    from standardwebhooks import Webhook

    from tests.support.edge import SECRETS

    now = system_clock()
    signature = Webhook(SECRETS["CarrierSecret"]["generic"]).sign("msg_raw", now, body.decode())
    return {"webhook-id": "msg_raw", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}


def stock(tour: Tour) -> None:
    movements = "/v1/stock/movements"
    good = GOOD["POST", movements]
    assert tour.call("POST", movements, good).status == 201
    assert tour.call("POST", movements, good | {"quantity": 2}).status == 422
    much = good | {"movement_id": "tour-1", "kind": "damage", "quantity": 9_999}
    assert tour.call("POST", movements, much).status == 409
    tour.call("GET", movements, query="sku=TEE-WHITE-M&node=hangzhou")
    tour.call("GET", movements, query="sku=TEE-WHITE-M&node=hangzhou&cursor=forged")
    tour.call("GET", movements, query="node=~~")
    supply = GOOD["PUT", SUPPLY]
    assert tour.call("PUT", SUPPLY, supply, supply_id="po-1").status == 200
    assert tour.call("PUT", SUPPLY, supply | {"sku": "MUG"}, supply_id="po-1").status == 409
    assert tour.call("PUT", SUPPLY, supply | {"quantity": 0}, supply_id="po-1").status == 422
    assert tour.call("DELETE", SUPPLY, supply_id="po-1").status == 200
    assert tour.call("DELETE", SUPPLY, supply_id="po-none").status == 404
    assert tour.call("DELETE", SUPPLY, supply_id="~~").status == 422
    tour.call("PUT", SUPPLY, supply | {"quantity": 1}, supply_id="po-2")
    received = good | {"movement_id": "tour-2", "supply_id": "po-2"}
    assert tour.call("POST", movements, received).status == 201
    assert tour.call("DELETE", SUPPLY, supply_id="po-2").status == 409
    tour.call("GET", "/v1/supply", query="sku=TEE-WHITE-M")
    tour.call("GET", "/v1/supply", query="sku=TEE-WHITE-M&cursor=forged")
    tour.call("GET", "/v1/supply", query="sku=~~")
    place = {"sku": "TEE-WHITE-M", "node_id": "hangzhou"}
    assert tour.call("PUT", SETTINGS, GOOD["PUT", SETTINGS], **place).status == 200
    assert tour.call("PUT", SETTINGS, {"buckets": 0}, **place).status == 422
    assert tour.call("PUT", SETTINGS, {"fences": {"web": {"quantity": 9_999}}}, **place).status == 409
    assert tour.call("GET", REQUIREMENTS).status == 200
    tour.call("GET", REQUIREMENTS, query="cursor=forged")
    tour.call("GET", REQUIREMENTS, query="node=~~")
    tour.call("GET", "/v1/stock/{sku}", sku="TEE-WHITE-M")
    tour.call("GET", "/v1/stock/{sku}", sku="~~")


def reservations(tour: Tour) -> None:
    good = GOOD["POST", RESERVATIONS]
    made = tour.call("POST", RESERVATIONS, good).body
    names = {"reservation_id": made["reservation_id"]}
    extension = f"{RESERVATION}/extension"
    much = promise_body(("TEE-WHITE", 99_999, {"size": "M"}))
    assert tour.call("POST", RESERVATIONS, {**much, "session_id": "s"}).status == 409
    assert tour.call("POST", RESERVATIONS, promise_body()).status == 422
    assert tour.call("GET", RESERVATION, **names).status == 200
    assert tour.call("POST", extension, {"minutes": 20}, **names).status == 200
    assert tour.call("POST", extension, {"minutes": 0}, **names).status == 422
    order = placed(tour, external_id="TOUR-reserved", **names)
    assert tour.call("GET", RESERVATION, **names).body["order_id"] == order["order_id"]
    assert tour.call("POST", extension, {"minutes": 20}, **names).status == 409
    assert tour.call("DELETE", RESERVATION, **names).status == 409
    other = tour.call("POST", RESERVATIONS, good).body["reservation_id"]
    assert tour.call("DELETE", RESERVATION, reservation_id=other).status == 204


def complaints(tour: Tour) -> None:
    made = tour.call("POST", COMPLAINTS, GOOD["POST", COMPLAINTS])
    assert (made.status, tour.call("POST", COMPLAINTS, {"subject": "x"}).status) == (202, 422)
    stray = {**GOOD["POST", COMPLAINTS], "order_id": "ord_none"}
    assert tour.call("POST", COMPLAINTS, stray).status == 404
    tour.world.pump()
    one = {"complaint_id": made.body["complaint_id"]}
    assert tour.call("GET", COMPLAINT, **one).status == 200
    assert tour.call("GET", COMPLAINTS, query="owner=customer_service").status == 200
    assert tour.call("GET", COMPLAINTS, query="owner=customer_service&cursor=bm90LW91cnM").status == 400
    assert tour.call("GET", COMPLAINTS, query="limit=7").status == 422
    for what, status in (("messages", 201), ("resolution", 200), ("reopening", 200)):
        path = f"{COMPLAINT}/{what}"
        good = GOOD["POST", path]
        assert tour.call("POST", path, {**good, "version": 99}, **one).status == 409
        assert tour.call("POST", path, good, **one).status == status
        assert tour.call("POST", path, {"role": 7}, **one).status == 422
    assert tour.call("DELETE", f"{COMPLAINT}/personal-data", **one).status == 204


def catalogue(tour: Tour) -> None:
    """Read each document of the sample shop, put it back, and put it as someone would who read it long ago."""
    assert tour.call("PUT", DEPARTMENT, OTHER_NAME, department_id="housekeeping").status == 200
    assert tour.call("PUT", TERMS, {"claims": {"answer_days": 20}}, carrier="ups").status == 200
    assert tour.call("PUT", TRANSIT, TRANSIT_TABLE, carrier="sf").status == 200
    for template, (names, edit) in DOCUMENTS.items():
        body = tour.call("GET", template, **names).body
        assert tour.call("PUT", template, body, **names).status == 200
        assert tour.call("PUT", template, body | edit | {"version": 99}, **names).status == 409
        tour.call("PUT", template, {"unheard_of": 1}, **names)
        tour.call("GET", template, **dict.fromkeys(names, "~~"))
    assert tour.call("PUT", "/v1/places", GOOD["PUT", "/v1/places"]).status == 200
    tour.call("PUT", "/v1/places", {"places": 7})
    assert tour.call("POST", COUPONS, GOOD["POST", COUPONS], promotion_id="audio-10").status == 201
    tour.call("POST", COUPONS, {"count": 0}, promotion_id="audio-10")


TERMS = "/v1/carriers/{carrier}"
DEPARTMENT = "/v1/departments/{department_id}"
TRANSIT = "/v1/transit-tables/{carrier}"
TRANSIT_TABLE = {"rows": [{"country": "CN", "median_hours": 48, "p90_hours": 72}]}
OTHER_NAME = {"name": {"en": "Other", "zh": "其他"}}
DOCUMENTS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "/v1/products/{sku}": ({"sku": "TEE-WHITE"}, OTHER_NAME),
    "/v1/price-lists/{price_list_id}": ({"price_list_id": "cny-retail"}, OTHER_NAME),
    "/v1/promotions/{promotion_id}": ({"promotion_id": "garments-300-50"}, OTHER_NAME),
    "/v1/coupons/{code}": ({"code": "AUDIO10"}, {"state": "disabled"}),
    "/v1/nodes/{node_id}": ({"node_id": "hangzhou"}, OTHER_NAME),
    "/v1/channels/{channel_id}": ({"channel_id": "web"}, {"completion_days": 9}),
    "/v1/customers/{customer_id}": ({"customer_id": "c-1001"}, {"segment": "gold"}),
    TERMS: ({"carrier": "ups"}, {"rests": {"weekly": ["sun"]}}),
    "/v1/places/{country}/{key}": ({"country": "CN", "key": quote("杭州市")}, {"precision": "postal_code"}),
    TRANSIT: ({"carrier": "sf"}, {"min_samples": 7}),
    DEPARTMENT: ({"department_id": "housekeeping"}, {"people": ["hk-lead"]}),
}
"""What is put: where, and an edit that makes it another document."""


def endpoints(tour: Tour) -> None:
    good = GOOD["PUT", ENDPOINT]
    assert tour.call("PUT", ENDPOINT, good, endpoint_id="shop").status == 200
    tour.call("PUT", ENDPOINT, good | {"url": "ftp://shop.example"}, endpoint_id="shop")
    elsewhere = Client("elsewhere", ("pos",))
    assert (
        tour.call("PUT", ENDPOINT, good | {"channels": ["pos"]}, client=elsewhere, endpoint_id="theirs").status == 200
    )
    assert tour.call("PUT", ENDPOINT, good, endpoint_id="theirs").status == 404
    assert tour.call("DELETE", ENDPOINT, endpoint_id="theirs").status == 404
    tour.call("GET", ENDPOINT, endpoint_id="shop")
    tour.call("GET", ENDPOINT, endpoint_id="~~")
    tour.call("DELETE", ENDPOINT, endpoint_id="~~")
    assert tour.call("DELETE", ENDPOINT, endpoint_id="shop").status == 204
