"""Money that moves, as scenarios for crash points: charges, refunds and store credit, by a worker over a queue.

The provider is a Stripe of our own, whose books tell how often money has really moved.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.proof.scenarios import Order, Scenario, guarded
from tests.support.audit import Ledger, items
from tests.support.shop import cancel, dispatch, fulfilments, must
from tests.support.stripe_server import StripeServer
from tests.support.till import CARD, granted, tendered
from tests.support.world import Answer, World

CREDIT = {"provider": "store_credit", "amount": 5_000}
CUSTOMER = "c-1001"
"""Who orders."""


@dataclass
class Till:
    """The order, and the provider's books as they were when it was prepared."""

    order: Order
    server: StripeServer
    books: dict[str, Any]

    def reopen(self) -> None:
        """The provider knows what it knew then."""
        for name, kept in copy.deepcopy(self.books).items():
            setattr(self.server, name, kept)

    @staticmethod
    def of(order: Order, server: StripeServer) -> Till:
        """As it is now."""
        names = ("intents", "refunds", "transactions", "keys")
        return Till(order, server, {name: copy.deepcopy(getattr(server, name)) for name in names})


def money_scenarios(server: StripeServer) -> list[Scenario]:
    """All of them, at this provider's."""

    def kept(prepare: Callable[[World], Order]) -> Callable[[World], Till]:
        return lambda world: Till.of(prepare(world), server)

    def scenario(name: str, prepare: Callable[[World], Order], check: Callable[[Till, Ledger], None]) -> Scenario:
        return Scenario(
            name, kept(prepare), _move, check, wait=_time, answers_again=False, begin=lambda till: till.reopen()
        )

    return [
        scenario("card charged", _placed, _charged_once),
        scenario("card captured when it leaves", _left, _captured_once),
        scenario("card refunded", _cancelled, _refunded_once),
        scenario("credit spent and card charged", _mixed, _both_once),
        scenario("credit given back and card refunded", _mixed_cancelled, _both_back_once),
    ]


NAMES = (
    *("card charged", "card captured when it leaves", "card refunded"),
    *("credit spent and card charged", "credit given back and card refunded"),
)


# ---------------------------------------------------------------------- what was before
def _placed(world: World) -> Order:
    order = tendered(world, CARD)
    world.publish()
    return order


def _left(world: World) -> Order:
    """What was authorised is to be taken now."""
    order = tendered(world, {**CARD, "capture": "on_dispatch"})
    world.pump()
    must(dispatch(world, fulfilments(order)[0], "T1"))
    world.publish()
    return order


def _cancelled(world: World) -> Order:
    order = tendered(world, CARD)
    world.pump()
    cancel(world, order["order_id"], key="c", requested_by="staff")
    world.publish()
    return order


def _mixed(world: World) -> Order:
    granted(world, CUSTOMER, 5_000, "g")
    order = tendered(world, CREDIT, CARD)
    world.publish()
    return order


def _mixed_cancelled(world: World) -> Order:
    granted(world, CUSTOMER, 5_000, "g")
    order = tendered(world, CREDIT, CARD)
    world.pump()
    cancel(world, order["order_id"], key="c", requested_by="staff")
    world.publish()
    return order


# ---------------------------------------------------------------------- what is done
def _move(world: World, _: Till) -> Answer:
    return guarded(lambda: world.deliver("Payments"))


def _time(world: World) -> None:
    """Messages that were not done with come again; what was lost on the way is looked for."""
    for _ in range(3):
        guarded(world.pump)
        guarded(world.tick)
        world.clock.advance(minutes=3)


# ---------------------------------------------------------------------- what must be true
def _moved(till: Till, found: Ledger) -> list[tuple[str, str, str]]:
    kept = found.parts(till.order["order_id"], "instruction")
    return sorted((each["movement"], each["provider"], each["state"]) for each in kept)


def _card(till: Till) -> tuple[list[int], list[int]]:
    """What the provider has taken, and given back."""
    taken = [each["amount_received"] for each in till.server.intents.values() if each["status"] == "succeeded"]
    back = [each["amount"] for each in till.server.refunds.values() if each["status"] == "succeeded"]
    return taken, back


def _credit_left() -> int:
    accounts = [each for each in items("CustomersTable") if each["pk"] == f"credit#{CUSTOMER}"]
    (account,) = (each for each in accounts if each["sk"].startswith("account#"))
    left = sum(each["left"] for each in account["grants"])
    moved = [each["entry"] for each in accounts if each["sk"].startswith("entry#")]
    assert sum(each["amount"] for each in moved) == left
    return int(left)


def _charged_once(till: Till, found: Ledger) -> None:
    total = till.order["totals"]["total"]["amount"]
    assert (_card(till), _moved(till, found)) == (([total], []), [("charge", "stripe", "done")])
    header = found.header(till.order["order_id"])
    assert (header["status"], header["funds"]["captured"]) == ("released", total)


def _captured_once(till: Till, found: Ledger) -> None:
    total = till.order["totals"]["total"]["amount"]
    assert _card(till) == ([total], [])
    assert _moved(till, found) == [("authorise", "stripe", "done"), ("capture", "stripe", "done")]
    assert found.header(till.order["order_id"])["funds"]["captured"] == total


def _refunded_once(till: Till, found: Ledger) -> None:
    total = till.order["totals"]["total"]["amount"]
    assert _card(till) == ([total], [total])
    assert _moved(till, found) == [("charge", "stripe", "done"), ("refund", "stripe", "done")]
    header = found.header(till.order["order_id"])
    assert (header["payment_status"], header["funds"]["refunded"]) == ("refunded", total)


def _both_once(till: Till, found: Ledger) -> None:
    total = till.order["totals"]["total"]["amount"]
    assert (_card(till), _credit_left()) == (([total - 5_000], []), 0)
    assert _moved(till, found) == [("charge", "store_credit", "done"), ("charge", "stripe", "done")]
    assert found.header(till.order["order_id"])["funds"]["captured"] == total


def _both_back_once(till: Till, found: Ledger) -> None:
    total = till.order["totals"]["total"]["amount"]
    assert (_card(till), _credit_left()) == (([total - 5_000], [total - 5_000]), 5_000)
    assert found.header(till.order["order_id"])["funds"]["refunded"] == total
