"""What carries events outwards, as scenarios for crash points: stream to bus, queue to the merchant's endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field

from ordo.kernel.clock import to_iso
from ordo.notifications.events import Message
from ordo.notifications.model import Endpoint, Outcome
from ordo.notifications.repository import DynamoOutbox
from tests.proof.scenarios import Scenario, guarded
from tests.support.audit import Ledger
from tests.support.shop import dispatch, fulfilments, must, pay, place
from tests.support.timing import START
from tests.support.world import Answer, World


@dataclass
class Merchant:
    """An endpoint that writes down what it got; the first `failures` calls fail."""

    world: World
    got: list[tuple[str, int, str]] = field(default_factory=list)
    failures: int = 0

    def forget(self) -> None:
        """Nothing was received yet."""
        self.got.clear()

    def __call__(self, _endpoint: Endpoint, message: Message) -> Outcome:
        if self.failures:
            self.failures -= 1
            return Outcome(delivered=False, reason="http_500")
        self.got.append((message.order_id, message.seq, message.id))
        return Outcome(delivered=True)


def carrying() -> list[Scenario]:
    """Both."""
    return [
        Scenario("publishing", _lived, _publish, _all_published, answers_again=False),
        Scenario("webhooks", _announced, _deliver, _all_delivered, _later, answers_again=False, begin=Merchant.forget),
    ]


def _lived(world: World) -> Merchant:
    """Two orders with three events each, which nobody outside knows yet."""
    merchant = Merchant(world)
    world.receive = merchant
    for number in range(2):
        order = place(world)
        must(pay(world, order))
        must(dispatch(world, fulfilments(order)[0], f"C{number}"))
    return merchant


def _announced(world: World) -> Merchant:
    """The same, with an endpoint that wants them, and on the bus already."""
    endpoint = {"url": "https://shop.example/ordo", "channels": ["web"]}
    must(world.call("PUT", "/v1/webhook-endpoints/shop", endpoint))
    merchant = _lived(world)
    world.publish()
    return merchant


def _publish(world: World, merchant: Merchant) -> Answer:
    return guarded(world.publish)


def _deliver(world: World, merchant: Merchant) -> Answer:
    answer = guarded(lambda: world.deliver("Webhooks"))
    waiting = list(world.queues["Webhooks"])  # not what customers are to be told
    return answer if answer.status != 200 or not waiting else Answer(500, {"waiting": len(waiting)}, {})


def _later(world: World) -> None:
    """Leases run out, the watcher wakes lanes."""
    for _ in range(2):
        world.clock.advance(minutes=3)
        guarded(world.tick)
        guarded(lambda: world.deliver("Webhooks"))


def _expected(found: Ledger) -> set[tuple[str, int, str]]:
    told = set()
    for order_id in found.orders:
        for event in found.events(order_id):
            ids = [event["event_id"], *(f"{event['event_id']}.{implied}" for implied in event["implies"])]
            told |= {(order_id, event["seq"], each) for each in ids}
    return told


def _all_published(merchant: Merchant, found: Ledger) -> None:
    details = [event["detail"] for event in merchant.world.bus]
    assert {(each["order_id"], each["seq"], each["id"]) for each in details} == _expected(found)
    settled = DynamoOutbox("OrdersTable").settled(to_iso(START))
    assert settled == {order_id: set(range(1, found.header(order_id)["seq"] + 1)) for order_id in found.orders}


def _all_delivered(merchant: Merchant, found: Ledger) -> None:
    """Everything, and each order's events in their order: one may come again, but never after a later one's first."""
    assert set(merchant.got) == _expected(found)
    for order_id in found.orders:
        first_times = list(dict.fromkeys(seq for order, seq, _ in merchant.got if order == order_id))
        assert first_times == sorted(first_times)
