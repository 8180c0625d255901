"""A bad variable fails the cold start, naming it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from ordo.runtime.settings import BadSettings, load_settings


class Wanted(NamedTuple):
    """Some settings."""

    orders_table: str
    bus_name: str
    allowed: bool = False
    seconds: int = 30


def test_fields_are_read_by_their_names() -> None:
    given = {"ORDERS_TABLE": "orders", "BUS_NAME": "ordo", "ALLOWED": "true", "SECONDS": "5", "OTHER": "x"}
    assert load_settings(Wanted, given) == Wanted("orders", "ordo", True, 5)
    assert load_settings(Wanted, {"ORDERS_TABLE": "orders", "BUS_NAME": "ordo"}) == Wanted("orders", "ordo")


def test_every_bad_variable_is_named() -> None:
    with pytest.raises(BadSettings, match="BUS_NAME is missing; ALLOWED is not bool; SECONDS is not int"):
        load_settings(Wanted, {"ORDERS_TABLE": "orders", "ALLOWED": "perhaps", "SECONDS": "x"})
