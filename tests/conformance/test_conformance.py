"""External cases, run where they are: `ORDO_CONFORMANCE`, or the folder beside the checkout."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conformance.__main__ import CHECKS, main, run

FOLDER = Path(os.environ.get("ORDO_CONFORMANCE") or Path(__file__).parents[3] / "shared" / "conformance")


@pytest.mark.conformance
@pytest.mark.parametrize("kind", CHECKS)
def test_no_external_case_fails(kind: str, record_property: Callable[[str, object], None]) -> None:
    if not (FOLDER / kind).is_dir():
        pytest.skip(f"no conformance cases of kind {kind}: set ORDO_CONFORMANCE to their folder")
    tally = run(kind, FOLDER / kind)
    record_property("conformance", list(tally.lines(kind))[-1])
    assert tally.failed == {}
    assert tally.passed + len(tally.unsupported) > 0, "the folder has no case"


CASE = {
    "id": "big-sale",
    "kind": "order",
    "currency": "CNY",
    "lines": [{"sku": "a", "unit_price_minor": 10000, "qty": 3}],
    "promotions": [{"type": "order_fixed", "value_minor": 5000, "conditions": [{"items_total_gte_minor": 30000}]}],
    "expected": {"total_minor": 25000, "line_discounts": [5000]},
}


def test_the_runner_tells_passed_from_failed_from_unsupported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {**CASE, "id": "wrong", "expected": {"total_minor": 25001}}
    strange = {**CASE, "id": "strange", "promotions": [{"type": "wheel_of_fortune", "value_minor": 1}]}
    (tmp_path / "cases.json").write_text(json.dumps([CASE, wrong, strange]))
    assert main(["pricing", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "FAILED wrong: total_minor expected 25001, got 25000",
        "unsupported strange: promotion type wheel_of_fortune",
        "pricing: 1 passed, 1 failed, 1 unsupported",
    ]
    (tmp_path / "cases.json").write_text(json.dumps([CASE, strange]))
    assert main(["pricing", str(tmp_path)]) == 0


def test_the_runner_says_how_it_is_used(tmp_path: Path) -> None:
    assert main([]) == main(["nonsense", str(tmp_path)]) == main(["pricing", str(tmp_path / "absent")]) == 2
