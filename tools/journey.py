"""One order's whole life, through the public API, each step checked. Used by `ordo demo` and the end-to-end test."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from tools import show
from tools.api import Api, Refused
from tools.carrier import Carrier
from tools.executions import workflow_lines
from tools.home import PROJECT_ROOT
from tools.listener import Listener
from tools.seed import read_shop, seed
from tools.steps import CheckFailed, Step
from tools.target import Target
from tools.timeline import read_timeline

ORDERS = PROJECT_ROOT / "samples" / "orders"
TOTAL = 537_810
"""What the first order costs, in fen: 4499.00 + 699.00 less 10 % + three tees for 250.00."""
SKUS = ("AURORA-256-BLUE", "AURORA-BUDS-BLUE", "TEE-WHITE-M")
"""What it takes from stock."""
TRACKING = ("picked_up", "in_transit", "delivered")

JsonObject = dict[str, Any]


class Journey:
    """The steps, in order; each takes a `Step` to fill."""

    def __init__(self, there: Target, api: Api, carrier: Carrier, listener: Listener, lang: str = "en") -> None:
        self.there = there
        self.api = api
        self.carrier = carrier
        self.listener = listener
        self.lang = lang
        self.order: JsonObject = {}
        self.stock_before: dict[str, JsonObject] = {}
        self.run = uuid4().hex[:10]

    def steps(self) -> list[tuple[str, Callable[[Step], None]]]:
        """Names (keys of the narration) with what to do."""
        return [
            ("shop", self.open_shop),
            ("quote", self.quote),
            ("place", self.place),
            ("workflow", self.workflow),
            ("pay", self.pay),
            ("work", self.work),
            ("carry", self.carry),
            ("confirm", self.confirm),
            ("refund", self.refund),
            ("return", self.send_back),
            ("timeline", self.timeline),
            ("heard", self.heard),
            ("cancel", self.cancel),
            ("refuse", self.refuse),
        ]

    def open_shop(self, step: Step) -> None:
        """Seed the sample shop and subscribe the shop's own endpoint."""
        step.facts = seed(self.api, read_shop())
        step.lines.append(", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in step.facts.items()))
        endpoint = self.api.put(
            f"/v1/webhook-endpoints/demo-{self.run}", {"url": self.listener.url, "channels": ["web"]}
        )
        self.listener.secret = endpoint["secret"]
        step.lines.append(f"webhook endpoint {self.listener.url}")

    def quote(self, step: Step) -> None:
        """A cart one fen short of 300.00; its order would say the same."""
        body = read_order("three-garments-299-99")
        cart = {name: body[name] for name in ("channel", "currency", "lines")}
        place = {name: body["ship_to"][name] for name in ("country", "region") if name in body["ship_to"]}
        quote = self.api.post("/v1/quotes", {**cart, "ship_to": place})
        step.facts = {"total": quote["totals"]["total"]}
        step.lines.append(show.money(quote["totals"]["total"]))
        short = [each for each in quote["trace"]["not_applied"] if each.get("missing")]
        step.lines += [each["text"][self.lang] for each in short]
        missing = {each["promotion_id"]: each["missing"]["amount"] for each in short}
        step.check("299.99 is one fen short of 满300减50", missing.get("garments-300-50") == 1, missing)

    def place(self, step: Step) -> None:
        """The first order, and the same again under its key."""
        body = read_order("phone-earphones-tees") | {"external_id": f"WEB-{self.run}-1"}
        self.stock_before = {sku: self.stock(sku)["hangzhou"] for sku in SKUS}
        self.order = self.api.place(body, f"key-{self.run}-1")
        again = self.api.place(body, f"key-{self.run}-1")
        step.facts = {"order_id": self.order["order_id"], "total": self.order["totals"]["total"]}
        step.lines += order_lines(self.order, self.lang)
        total = self.order["totals"]["total"]
        step.check("the total is 5378.10 CNY", total == {"amount": TOTAL, "currency": "CNY"}, total)
        shares = unit_amounts(self.order["lines"][2], "discount")
        step.check("满300减50 takes 16.67, 16.67 and 16.66 off the tees", shares == [1666, 1667, 1667], shares)
        step.check("one warehouse fulfils it all", len(self.order["plan"]["fulfilments"]) == 1, self.order["plan"])
        step.check("a promise is given", bool(self.order["promise"]["deliver_by"]))
        step.check("the same key gives the same order", again == self.order, again.get("order_id"))

    def workflow(self, step: Step) -> None:
        """What the state machine went through for this order."""
        step.lines += workflow_lines(self.there, self.order["order_id"])
        step.check("the workflow's execution is known", len(step.lines) > 1)

    def pay(self, step: Step) -> None:
        """The provider reports the capture, twice."""
        path = f"/v1/orders/{self.order['order_id']}/payments"
        report = {"kind": "captured", "amount": self.order["totals"]["total"]}
        report |= {"provider": "demo-pay", "reference": f"pay-{self.run}"}
        paid, again = self.api.post(path, report), self.api.post(path, report)
        step.lines.append(f"captured {show.money(paid['amount'])} → {paid['payment_status']}, {paid['status']}")
        step.check(
            "the order is paid and released", (paid["payment_status"], paid["status"]) == ("paid", "released"), paid
        )
        step.check("the same report counts once", again["version"] == paid["version"], again)

    def work(self, step: Step) -> None:
        """From the node's list of work to the carrier's van."""
        for number, fulfilment in enumerate(self._read()["fulfilments"], start=1):
            open_work = self.api.get("/v1/fulfilments", node=fulfilment["node_id"], state="open", limit=50)
            ids = [each["fulfilment_id"] for each in open_work["fulfilments"]]
            step.check(f"{fulfilment['node_id']} sees the work", fulfilment["fulfilment_id"] in ids, ids)
            path = f"/v1/fulfilments/{fulfilment['fulfilment_id']}"
            states = [self.api.post(f"{path}/{action}")["state"] for action in ("accept", "pick", "pack")]
            parcel = {"carrier": self.carrier.name, "tracking_number": f"GEN{self.run.upper()}{number}"}
            sent = self.api.post(f"{path}/dispatch", parcel)
            step.lines.append(
                f"{fulfilment['node_id']}: {' → '.join([*states, sent['state']])}, {parcel['tracking_number']}"
            )
            step.check("it is dispatched", sent["state"] == "dispatched", sent["state"])
        order = self._read()
        step.check("the order is shipped", order["status"] == "shipped", order["status"])
        line = fulfilment["lines"][0]
        before, now = self.stock_before[line["sku"]], self.stock(line["sku"])[fulfilment["node_id"]]
        left = (before["on_hand"] - line["quantity"], before["reserved"])
        step.check("dispatch lowered on_hand and ended the reservation", (now["on_hand"], now["reserved"]) == left, now)

    def carry(self, step: Step) -> None:
        """Three webhooks for each parcel; a repeated and a forged one change nothing."""
        parcels = [parcel for shipment in self._read()["shipments"] for parcel in shipment["parcels"]]
        for parcel in parcels:
            for status in TRACKING:
                answer = self.carrier.push(parcel["tracking_number"], status, webhook_id=f"{self.run}-{status}")
                step.lines.append(f"{parcel['tracking_number']} {status}: {answer.status_code}")
                step.check(f"{status} is taken", answer.status_code == 200, answer.text)
        forged = Carrier(self.api, "whsec_" + "A" * 40).push(parcels[0]["tracking_number"], "lost")
        step.check("a forged webhook is refused with 401", forged.status_code == 401, forged.text)
        order = self._read()
        step.check("the order is delivered", order["status"] == "delivered", order["status"])
        history = order["shipments"][0]["parcels"][0]["history"]
        step.check("each parcel tells its three events", [e["status"] for e in history] == list(TRACKING), history)

    def refund(self, step: Step) -> None:
        """One of three tees that shared 50.00, and all of the order."""
        path = f"/v1/orders/{self.order['order_id']}/refunds/preview"
        one = self.api.post(path, {"lines": [{"line_id": self.order["lines"][2]["line_id"], "quantity": 1}]})
        lines = [{"line_id": line["line_id"], "quantity": line["quantity"]} for line in self.order["lines"]]
        everything = self.api.post(path, {"lines": lines})
        step.lines += [show.money(one["refund"]), show.money(everything["refund"])]
        step.check("one tee is refunded what it cost: 83.33", one["refund"]["amount"] == 8333, one["refund"])
        step.check("all of it is what was paid", everything["refund"]["amount"] == TOTAL, everything["refund"])

    def send_back(self, step: Step) -> None:
        """One tee comes back, by a machine that waits for it: counted, on its shelf again, refunded as previewed."""
        line, node = self.order["lines"][2], self._read()["fulfilments"][0]["node_id"]
        body = {"lines": [{"line_id": line["line_id"], "quantity": 1}], "reason": "too_small", "way": "own"}
        path = f"/v1/orders/{self.order['order_id']}/returns"
        asked = self.api.post(path, {**body, "requested_by": "staff", "approve": True}, f"key-{self.run}-return")
        name, before = asked["return_id"], self.stock(SKUS[2])[node]["on_hand"]
        approved = until(lambda: self.api.get(f"/v1/returns/{name}"), lambda found: found["state"] != "requested")
        step.check("its machine has approved it", approved["state"] == "approved", approved)
        unit = {"line_id": line["line_id"], "quantity": 1, "condition": "as_new", "disposition": "restock"}
        count = {"node_id": node, "units": [unit]}
        done = self.api.post(f"/v1/returns/{name}/receipt", count, f"key-{self.run}-receipt")
        step.facts = {"return_id": name, "refunded": done["refunded"]}
        step.lines.append(f"{asked['state']} → {approved['state']} → {done['state']}: {show.money(done['refunded'])}")
        step.check("it is settled for what the preview said: 83.33", done["refunded"]["amount"] == 8333, done)
        step.check("the tee is on its shelf again", self.stock(SKUS[2])[node]["on_hand"] == before + 1)

    def confirm(self, step: Step) -> None:
        """确认收货."""
        done = self.api.post(f"/v1/orders/{self.order['order_id']}/receipt-confirmation", {"confirmed_by": "customer"})
        step.lines.append(f"→ {done['status']} at {done['completed_at']}")
        step.check("the order is completed", done["status"] == "completed", done)

    def timeline(self, step: Step) -> None:
        """Every event, and the chain checked here, not by the server."""
        timeline = read_timeline(self.api, self.order["order_id"])
        step.lines += [show.event_line(event.read()) for event in timeline.events]
        findings = timeline.findings()
        step.facts = timeline.as_json()
        step.check(f"the hash chain of {len(timeline.events)} events is whole", not findings, findings)
        cut = type(timeline)(timeline.order_id, timeline.events[:-1], timeline.head_seq, timeline.head_hash)
        step.check("a timeline cut short would show", bool(cut.findings()))

    def heard(self, step: Step) -> None:
        """The shop's own endpoint got every event of the order, in order, signed."""
        expected = [
            (event.seq, type_)
            for event in read_timeline(self.api, self.order["order_id"]).events
            for type_ in (event.read()["type"], *event.read()["implies"])
        ]
        heard = self.listener.wait_for(self.order["order_id"], len(expected), deadline_s=25)
        step.lines.append(", ".join(dict.fromkeys(type_ for _, type_ in heard)))
        step.check(f"all {len(expected)} messages came in order, each signed", heard == expected, heard)

    def cancel(self, step: Step) -> None:
        """Reserved, then given back by a previewed change."""
        sku = "TEE-WHITE-M"
        before = self.available(sku)
        order = self.api.place(read_order("three-tees"), f"key-{self.run}-2")
        reserved = self.available(sku)
        path = f"/v1/orders/{order['order_id']}/changes"
        body = {"kind": "cancel", "reason": "Ordered twice", "requested_by": "customer"}
        change = self.api.post(path, body, f"key-{self.run}-cancel")
        applied = self.api.post(f"{path}/{change['change_id']}/apply")
        after = self.available(sku)
        step.facts = {"order_id": order["order_id"], "available": [before, reserved, after]}
        step.lines.append(f"{sku} available: {before} → {reserved} → {after}")
        step.check("three tees pay 250.00", order["totals"]["total"]["amount"] == 25_000, order["totals"])
        step.check("placing took 3 units", reserved == before - 3, reserved)
        step.check("the preview said what comes back", change["preview"]["stock_returned"][0]["quantity"] == 3, change)
        step.check("the order is cancelled", applied["order"]["status"] == "cancelled", applied["order"])
        step.check("the 3 units are back", after == before, after)

    def refuse(self, step: Step) -> None:
        """Refused with what is short; no order, no reservation."""
        sku, external_id = "AURORA-512-BLUE", f"WEB-{self.run}-3"
        before = self.stock(sku)
        refusal = self._refusal(read_order("out-of-stock") | {"external_id": external_id})
        step.facts = {"problem": refusal.problem}
        step.lines.append(f"{refusal.status} {refusal.code}: {refusal.problem['detail']}")
        step.lines += show.short_lines(refusal.problem)
        step.check(
            "it is refused with 409 out_of_stock", (refusal.status, refusal.code) == (409, "out_of_stock"), refusal
        )
        step.check("it lists what is short", bool(show.short_lines(refusal.problem)), refusal.problem)
        found = self.api.get("/v1/orders", channel="web", external_id=external_id)["orders"]
        step.check("there is no such order", found == [], found)
        step.check("the stock is as it was", self.stock(sku) == before, before)
        wrong = self._refusal(read_order("wrong-option"))
        step.lines.append(f"{wrong.status} {wrong.code} at {wrong.problem.get('pointer')}: {wrong.problem['detail']}")
        step.check("512GB in white is refused with its pointer", wrong.code == "invalid_option", wrong.problem)

    def _refusal(self, body: JsonObject) -> Refused:
        try:
            placed = self.api.place(body)
        except Refused as refusal:
            return refusal
        raise CheckFailed("the order is refused", placed["order_id"])

    def available(self, sku: str) -> int:
        """Units that can be sold, over all nodes."""
        return int(self.api.get(f"/v1/stock/{sku}")["available"])

    def stock(self, sku: str) -> dict[str, JsonObject]:
        """Counters by node."""
        return {node["node_id"]: node for node in self.api.get(f"/v1/stock/{sku}")["nodes"]}

    def _read(self) -> JsonObject:
        return self.api.get(f"/v1/orders/{self.order['order_id']}")


def until(read: Callable[[], JsonObject], holds: Callable[[JsonObject], bool], deadline_s: float = 30) -> JsonObject:
    """What was read when it first held, or when time was up."""
    end = time.monotonic() + deadline_s
    while not holds(found := read()) and time.monotonic() < end:
        time.sleep(0.2)
    return found


def order_lines(order: JsonObject, lang: str) -> list[Any]:
    """An order as `ordo place` shows it."""
    return [
        f"{order['order_id']}  {order['status']}, {order['payment_status']}",
        show.lines_table(order, lang),
        *show.reading(order, lang),
    ]


def unit_amounts(line: JsonObject, name: str) -> list[int]:
    """One amount of each unit of a line, sorted."""
    return sorted(run[name]["amount"] for run in line["unit_runs"] for _ in range(run["count"]))


def read_order(name: str, folder: Path = ORDERS) -> JsonObject:
    """A sample order."""
    order: JsonObject = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return order
