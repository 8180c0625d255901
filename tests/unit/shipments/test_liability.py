"""The usual table of liability: every row, every combination of facts, and what is not known."""

from __future__ import annotations

import itertools

import pytest

from ordo.catalog.liability_schemas import LiabilityRowText
from ordo.shipments.liability import NO_ROW, USUAL, Facts, Row, Verdict, judge, table_of

Known = tuple[str, str | None, bool, int | None, int | None]

CASES: list[tuple[str, Known, Verdict]] = [
    ("door_and_lot", ("at_door", "damaged", True, 0, 3), Verdict.UNDECIDED),
    ("door_and_lot", ("later", "opened", False, 40, 9), Verdict.UNDECIDED),
    ("lot", ("later", "intact", True, 30, 3), Verdict.PRODUCT),
    ("lot", ("later", None, False, None, 3), Verdict.PRODUCT),
    ("outside_packed_well", ("at_door", "wet", True, 0, 2), Verdict.TRANSIT),
    ("outside_packed_well", ("at_door", "damaged", True, None, None), Verdict.TRANSIT),
    ("outside_not_photographed", ("at_door", "damaged", False, 0, 0), Verdict.UNDECIDED),
    ("inside_packed_well", ("at_door", "intact", True, 0, 0), Verdict.TRANSIT),
    ("inside_not_photographed", ("at_door", "intact", False, 0, 0), Verdict.PRODUCT),
    ("soon_not_photographed", ("later", "intact", False, 2, None), Verdict.PRODUCT),
    ("soon_packed_well", ("later", "intact", True, 2, 0), Verdict.UNDECIDED),
    ("late_packed_well", ("later", "intact", True, 3, 0), Verdict.CUSTOMER),
    ("late_not_photographed", ("later", "intact", False, 3, 2), Verdict.UNDECIDED),
]


def facts(known: Known) -> Facts:
    noted, condition, packing_photo, days, lot_returns = known
    return Facts(noted, condition, packing_photo, days, lot_returns)  # type: ignore[arg-type]


@pytest.mark.parametrize(("row_id", "known", "verdict"), CASES)
def test_each_row_gives_its_verdict_with_the_facts_it_asks_for(row_id: str, known: Known, verdict: Verdict) -> None:
    found = judge(facts(known), USUAL)
    assert (found.row_id, found.verdict) == (row_id, verdict)
    row = next(each for each in USUAL if each.row_id == row_id)
    assert tuple(found.used) == row.asked()
    assert all(found.used[name] is not None for name in row.asked())
    assert {"en", "zh"} <= found.reason.keys()


def test_every_row_is_reached() -> None:
    assert {row_id for row_id, _, _ in CASES} == {row.row_id for row in USUAL}


def test_every_combination_of_known_facts_is_judged_by_a_row() -> None:
    conditions = ("intact", "damaged", "wet", "opened")
    for combination in itertools.product(("at_door", "later"), conditions, (True, False), (0, 2, 3, 99), (0, 2, 3)):
        assert judge(facts(combination), USUAL).row_id is not None, combination


def test_what_is_not_known_fits_no_row_that_asks_for_it() -> None:
    found = judge(Facts("later", None, True, None, None), USUAL)
    assert (found.verdict, found.row_id, found.reason) == (Verdict.UNDECIDED, None, NO_ROW)
    assert judge(Facts("later", "intact", True, None, 0), USUAL).row_id is None


def test_the_first_row_that_fits_counts() -> None:
    table = [Row("a", Verdict.CUSTOMER, {"en": "a"}, min_days=5), Row("b", Verdict.TRANSIT, {"en": "b"})]
    assert [judge(Facts("later", None, False, days, 0), table).row_id for days in (4, 5)] == ["b", "a"]


def test_a_stored_table_is_read_as_it_was_put() -> None:
    row = {
        "row_id": "lot",
        "when": {"outside": False, "min_lot_returns": 1, "max_days": 9},
        "verdict": "product",
        "reason": {"en": "x"},
    }
    stored = LiabilityRowText.model_validate(row).model_dump(mode="json", exclude_defaults=True)
    (read,) = table_of([stored])
    assert (read.outside, read.min_lot_returns, read.max_days, read.verdict) == (False, 1, 9, Verdict.PRODUCT)
    assert table_of([]) is USUAL
