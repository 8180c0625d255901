"""The mutation run takes out what it says, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

from tools.home import PROJECT_ROOT
from tools.mutate import QUICK, find

MUTANTS = find(PROJECT_ROOT)


def test_every_file_that_writes_under_conditions_is_found() -> None:
    found = {str(mutant.path.relative_to("layers/shared/ordo")) for mutant in MUTANTS}
    assert found == {
        "capacity/writes.py",
        "casework/token_repository.py",
        "complaints/repository.py",
        "catalog/coupon_repository.py",
        "catalog/repository.py",
        "catalog/writes.py",
        "inventory/backlog_repository.py",
        "inventory/backlog_writes.py",
        "inventory/lot_writes.py",
        "inventory/reservation_writes.py",
        "inventory/setting_repository.py",
        "inventory/shortage_repository.py",
        "inventory/supply_writes.py",
        "inventory/taking_writes.py",
        "inventory/writes.py",
        "messages/repository.py",
        "notifications/repository.py",
        "orders/due_repository.py",
        "orders/repository.py",
        "payments/credit_repository.py",
        "shipments/repository.py",
    }


def test_the_guards_that_the_laws_rest_on_are_among_them() -> None:
    orders = {
        mutant.condition for mutant in MUTANTS if mutant.path.name == "repository.py" and "orders" in str(mutant.path)
    }
    assert {"seq = :seq", "attribute_not_exists(pk)"} <= orders
    assert {"require_available()", "require_reserved()", "require_on_hand()"} <= {each.condition for each in MUTANTS}


def test_a_mutant_is_still_python_and_differs_in_one_line_or_expression() -> None:
    for mutant in MUTANTS:
        source = (PROJECT_ROOT / mutant.path).read_text(encoding="utf-8")
        mutated = mutant.applied(source)
        ast.parse(mutated)
        assert mutated != source
        assert mutated.startswith(source[: mutant.start])
        assert mutated.endswith(source[mutant.end :])


def test_update_expressions_and_key_conditions_are_left_alone() -> None:
    assert not [
        each for each in MUTANTS if each.condition.startswith(("SET ", "ADD ", "REMOVE ")) or "#pk" in each.condition
    ]


def test_each_context_has_tests_that_are_asked_first() -> None:
    for mutant in MUTANTS:
        assert any((PROJECT_ROOT / Path(name)).exists() for name in QUICK[mutant.context])
