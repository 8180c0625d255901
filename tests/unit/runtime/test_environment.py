"""A bad variable fails the cold start, naming it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ordo.runtime.environment import BadEnvironment, read_environment


@dataclass(frozen=True)
class Wanted:
    """Some settings."""

    orders_table: str
    bus_name: str
    allowed: bool = False


def test_fields_are_read_by_their_names() -> None:
    given = {"ORDERS_TABLE": "orders", "BUS_NAME": "ordo", "ALLOWED": "true", "OTHER": "x"}
    assert read_environment(Wanted, given) == Wanted("orders", "ordo", True)
    assert read_environment(Wanted, {"ORDERS_TABLE": "orders", "BUS_NAME": "ordo"}) == Wanted("orders", "ordo")


def test_every_bad_variable_is_named() -> None:
    with pytest.raises(BadEnvironment, match="BUS_NAME is missing; ALLOWED is not bool"):
        read_environment(Wanted, {"ORDERS_TABLE": "orders", "ALLOWED": "perhaps"})
