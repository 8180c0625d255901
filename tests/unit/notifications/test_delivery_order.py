"""Whatever the bus does: each wanted event arrives, in order per endpoint and order, without a gap."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ordo.notifications.events import Message, messages_of
from ordo.notifications.model import Endpoint, Lane, Outcome
from tests.support.notices import BROKEN, DELIVERED, World, endpoint, event

ORDERS = ("ord_A", "ord_B", "ord_C")
TYPES = (("order.placed",), ("payment.captured", "order.released"), ("order.changed",))


def timeline(order_id: str, length: int) -> list[tuple[str, ...]]:
    """Types of an order's events."""
    return [TYPES[seq % len(TYPES)] for seq in range(length)]


def expected(world: World, order_id: str, wanted: tuple[str, ...] = ("*",)) -> list[str]:
    """Ids of the messages of an order that are wanted, in order."""
    messages = [message for one in world.outbox.stored[order_id] for message in messages_of(one)]
    return [message.id for message in messages if "*" in wanted or message.type in wanted]


@given(
    lengths=st.tuples(*(st.integers(1, 6) for _ in ORDERS)),
    wanted=st.sampled_from([("*",), ("order.released",), ("order.placed", "order.changed")]),
    noise=st.lists(st.integers(0, 10_000), max_size=12),
    failures=st.lists(st.booleans(), max_size=9),
    randoms=st.randoms(use_true_random=False),
)
def test_every_wanted_event_arrives_in_order_whatever_the_bus_and_the_receiver_do(
    lengths: tuple[int, ...], wanted: tuple[str, ...], noise: list[int], failures: list[bool], randoms: Random
) -> None:
    world = World()
    world.endpoints.put(endpoint(event_types=wanted))
    left = list(failures)
    world.answer = lambda _to, _message: BROKEN if left and left.pop() else DELIVERED
    for order, length in zip(ORDERS, lengths, strict=True):
        world.add(*(event(order, seq, *types) for seq, types in enumerate(timeline(order, length), start=1)))
    known = [one for order in ORDERS for one in world.outbox.stored[order]]
    announced = known + [known[n % len(known)] for n in noise]
    randoms.shuffle(announced)

    for one in announced:
        world.announce(one)
        world.now += timedelta(seconds=3)
        world.wake_all_due()
    for _ in range(60):
        world.now += timedelta(hours=1)
        world.wake_all_due()

    for order in ORDERS:
        assert world.got(order) == expected(world, order, wanted)


@given(lengths=st.integers(2, 6), healthy=st.integers(1, 5))
def test_an_order_that_always_fails_holds_back_no_other(lengths: int, healthy: int) -> None:
    world = World()
    world.endpoints.put(endpoint())

    def only_a_fails(_to: Endpoint, message: Message) -> Outcome:
        return BROKEN if message.order_id == "ord_A" else DELIVERED

    world.answer = only_a_fails
    for seq in range(1, lengths + 1):
        for order in ("ord_A", *(f"ord_{n}" for n in range(healthy))):
            one = event(order, seq)
            world.add(one)
            world.announce(one)
    assert world.got("ord_A") == []
    for n in range(healthy):
        assert world.got(f"ord_{n}") == [f"evt_ord_{n}_{seq}" for seq in range(1, lengths + 1)]
    assert {message for _, message in world.attempts if "ord_A" in message} == {"evt_ord_A_1"}


class Killed(RuntimeError):
    """The worker died."""


@given(length=st.integers(1, 5), deaths=st.lists(st.sampled_from(["no", "before", "after"]), max_size=12))
def test_a_worker_that_dies_at_any_write_repeats_but_never_skips(length: int, deaths: list[str]) -> None:
    world = World()
    world.endpoints.put(endpoint())
    left = list(deaths)
    write = world.lanes.put

    def mortal(lane: Lane) -> Lane:
        death = left.pop() if left else "no"
        if death == "before":
            raise Killed
        written = write(lane)
        if death == "after":
            raise Killed
        return written

    world.lanes.put = mortal  # type: ignore[method-assign]  # the one write that a worker does
    events = [event("ord_A", seq, *types) for seq, types in enumerate(timeline("ord_A", length), start=1)]
    for one in events:
        world.add(one)
        while True:
            try:
                world.announce(one)
                break
            except Killed:  # the queue brings the message again when it becomes visible
                world.now += timedelta(minutes=6)
    seen = list(dict.fromkeys(world.got("ord_A")))
    assert seen == expected(world, "ord_A")
