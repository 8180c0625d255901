"""Any interleaving of takers, givers and corrections, against a model that knows only units in a list."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordo.inventory.demand import Short, Wanted, availability, check
from ordo.inventory.errors import StockExhausted
from ordo.inventory.memory import InMemoryStock
from ordo.inventory.model import StockMove, dispatch, merge, release, reserve

PLACES = [("a", "x"), ("a", "y"), ("b", "x")]
FREE = "free"


class Units:
    """The oracle: every unit of goods is an entry that says who holds it. It knows no counters and no conditions."""

    def __init__(self) -> None:
        self.at: dict[tuple[str, str], list[str]] = {place: [] for place in PLACES}

    def take(self, order: str, wanted: Counter[tuple[str, str]]) -> bool:
        if any(self.at[place].count(FREE) < count for place, count in wanted.items()):
            return False
        for place, count in wanted.items():
            for _ in range(count):
                self.at[place][self.at[place].index(FREE)] = order
        return True

    def give(self, order: str, place: tuple[str, str], count: int, *, gone: bool) -> bool:
        if self.at[place].count(order) < count:
            return False
        for _ in range(count):
            index = self.at[place].index(order)
            if gone:
                del self.at[place][index]
            else:
                self.at[place][index] = FREE
        return True


place_and_count = st.tuples(st.sampled_from(PLACES), st.integers(1, 4))
action = st.one_of(
    st.tuples(st.just("receive"), place_and_count),
    st.tuples(st.just("damage"), place_and_count),
    st.tuples(st.just("look"), st.sampled_from(["o1", "o2", "o3"])),
    st.tuples(
        st.just("take"),
        st.tuples(st.sampled_from(["o1", "o2", "o3"]), st.lists(place_and_count, min_size=1, max_size=4)),
    ),
    st.tuples(st.just("release"), st.tuples(st.sampled_from(["o1", "o2", "o3"]), place_and_count)),
    st.tuples(st.just("dispatch"), st.tuples(st.sampled_from(["o1", "o2", "o3"]), place_and_count)),
)


class World:
    def __init__(self) -> None:
        self.stock = InMemoryStock()
        self.units = Units()

    def commit(self, moves: list[StockMove]) -> bool:
        try:
            self.stock.commit(merge(moves))
        except StockExhausted:
            return False
        return True

    def run(self, name: str, what: object) -> None:
        getattr(self, f"do_{name}")(what)

    def do_receive(self, what: tuple[tuple[str, str], int]) -> None:
        place, count = what
        assert self.commit([StockMove(*place, count, 0)])
        self.units.at[place] += [FREE] * count

    def do_damage(self, what: tuple[tuple[str, str], int]) -> None:
        place, count = what
        possible = self.units.at[place].count(FREE) >= count
        assert self.commit([StockMove(*place, -count, 0)]) == possible
        if possible:
            for _ in range(count):
                self.units.at[place].remove(FREE)

    def do_take(self, what: tuple[str, list[tuple[tuple[str, str], int]]]) -> None:
        order, wants = what
        wanted: Counter[tuple[str, str]] = Counter()
        for place, count in wants:
            wanted[place] += count
        moves = [reserve(*place, count) for place, count in wants]
        assert self.commit(moves) == self.units.take(order, wanted)

    def do_release(self, what: tuple[str, tuple[tuple[str, str], int]]) -> None:
        self.give(what, gone=False)

    def do_dispatch(self, what: tuple[str, tuple[tuple[str, str], int]]) -> None:
        self.give(what, gone=True)

    def give(self, what: tuple[str, tuple[tuple[str, str], int]], *, gone: bool) -> None:
        order, (place, count) = what
        if self.units.give(order, place, count, gone=gone):
            assert self.commit([(dispatch if gone else release)(*place, count)])

    def do_look(self, order: str) -> None:
        """A check tells what a list of free units tells, whoever asks."""
        found = availability(self.stock.counters([(*place, "0") for place in PLACES]))
        free = {sku: sum(units.count(FREE) for (s, _), units in self.units.at.items() if s == sku) for sku in "ab"}
        for sku, count in free.items():
            assert isinstance(check([Wanted("1", sku, count or 1)], found), Short) != (count > 0)
            assert isinstance(check([Wanted("1", sku, count + 1)], found), Short)

    def agree(self) -> None:
        for place in PLACES:
            held = self.units.at[place]
            for counter in self.stock.counters([(*place, "0")]):
                assert counter.available == held.count(FREE) >= 0
                assert counter.reserved == len(held) - held.count(FREE)
                assert counter.on_hand == len(held)


@settings(max_examples=300)
@given(st.lists(action, max_size=40))
def test_no_interleaving_oversells_or_makes_a_counter_negative(actions: list[tuple[str, object]]) -> None:
    world = World()
    for name, what in actions:
        world.run(name, what)
        world.agree()


@pytest.mark.parametrize("safety", [0, 3])
def test_many_threads_get_exactly_the_last_units(safety: int) -> None:
    stock = InMemoryStock()
    stock.commit([StockMove("tee", "hz", 20 + safety, 0, safety), StockMove("cap", "hz", 200, 0)])
    barrier = threading.Barrier(32)
    outcomes: list[bool] = []

    def shopper() -> None:
        barrier.wait()
        for _ in range(5):
            try:
                stock.commit(merge([reserve("tee", "hz", 1), reserve("cap", "hz", 1)]))
                outcomes.append(True)
            except StockExhausted:
                outcomes.append(False)

    threads = [threading.Thread(target=shopper) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (outcomes.count(True), outcomes.count(False)) == (20, 140)
    tee, cap = stock.counters([("tee", "hz", "0")])[0], stock.counters([("cap", "hz", "0")])[0]
    assert (tee.available, tee.reserved, tee.safety) == (0, 20, safety)
    assert cap.reserved == 20
