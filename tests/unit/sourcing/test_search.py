from __future__ import annotations

import random
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from ordo.sourcing.search import Cover, Option, smallest_cover


def exhaustive(options: list[Option], need: tuple[int, ...]) -> tuple[int, ...] | None:
    for size in range(1, len(options) + 1):
        found = [
            chosen
            for chosen in combinations(range(len(options)), size)
            if all(sum(options[i].gives[sku] for i in chosen) >= units for sku, units in enumerate(need))
        ]
        if found:
            return min(found, key=lambda chosen: (sum(options[i].cost for i in chosen), chosen))
    return None


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Option], tuple[int, ...]]:
    need = tuple(draw(st.lists(st.integers(1, 6), min_size=1, max_size=4)))
    gives = st.tuples(*(st.integers(0, units) for units in need))
    options = draw(st.lists(st.builds(Option, st.integers(0, 4), gives), max_size=8))
    return options, need


@settings(max_examples=1500)
@given(problems())
def test_the_cover_is_the_first_of_all_by_size_cost_and_index(problem: tuple[list[Option], tuple[int, ...]]) -> None:
    options, need = problem
    found = smallest_cover(options, need, 10_000)
    assert (found.chosen if found else None) == exhaustive(options, need)
    assert found is None or found.proven


def hard(count: int, skus: int) -> tuple[list[Option], tuple[int, ...]]:
    rnd = random.Random(7)
    need = tuple(10 for _ in range(skus))
    options = [
        Option(rnd.randint(1, 999), tuple(rnd.randint(1, 6) if rnd.random() < 0.2 else 0 for _ in range(skus)))
        for _ in range(count)
    ]
    return options, need


def test_at_its_limit_the_search_gives_a_cover_and_says_that_it_is_not_proven() -> None:
    options, need = hard(60, 12)
    found = smallest_cover(options, need, 50)
    assert found is not None
    assert not found.proven
    assert all(sum(options[i].gives[sku] for i in found.chosen) >= units for sku, units in enumerate(need))


def test_a_cover_at_the_limit_has_no_idle_option() -> None:
    options, need = hard(60, 12)
    found = smallest_cover(options, need, 1)
    assert found is not None
    for i in found.chosen:
        rest = [other for other in found.chosen if other != i]
        assert any(sum(options[other].gives[sku] for other in rest) < units for sku, units in enumerate(need))


def test_the_limit_counts_sets_so_that_two_runs_are_equal() -> None:
    options, need = hard(60, 12)
    assert smallest_cover(options, need, 2_000) == smallest_cover(options, need, 2_000)


def test_too_little_everywhere_is_no_cover() -> None:
    assert smallest_cover([Option(1, (1, 5)), Option(1, (1, 0))], (3, 5), 100) is None


def test_a_single_option_that_covers_all_is_found_at_once() -> None:
    found = smallest_cover([Option(9, (2,)), Option(1, (1,)), Option(1, (1,))], (2,), 100)
    assert found == Cover((0,), proven=True, explored=2)
