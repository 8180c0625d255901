"""What products cost the merchant: only keys with `prices:cost` see and set it, and no other key loses it."""

from __future__ import annotations

from typing import Any

import pytest

from ordo.catalog.costs import limited_to
from ordo.catalog.documents import Document, Kind
from ordo.catalog.errors import StaleDocument
from ordo.catalog.memory import InMemoryCatalogRepository
from ordo.catalog.service import PutDocument, put_document
from ordo.kernel.errors import Busy
from tests.integration.catalog.conftest import Api
from tests.support.timing import START

pytestmark = pytest.mark.moto

PLAIN = "catalog:read catalog:write"
PATH = "/v1/products/MUG"
VARIANTS = [
    {"sku": "MUG-S", "options": {"size": "S"}, "prices": {"cny": {"price": 900, "cost": 350}, "vip": 850}},
    {"sku": "MUG-L", "options": {"size": "L"}},
]
MUG: dict[str, Any] = {
    "name": {"en": "Mug"},
    "options": [{"axis": "size", "values": ["S", "L"]}],
    "variants": VARIANTS,
    "prices": {"cny": {"price": 1000, "cost": 400}, "vip": 950},
}


@pytest.fixture(autouse=True)
def _kept(api: Api) -> None:
    for name in ("cny", "vip"):
        api("PUT", f"/v1/price-lists/{name}", {"name": {"en": name}, "currency": "CNY"})
    assert api("PUT", PATH, MUG)[0] == 200


def costs(api: Api) -> list[Any]:
    """The costs that are kept, of the product and of its small variant, with the version."""
    body = api("GET", PATH)[1]
    small = next(each for each in body["variants"] if each["sku"] == "MUG-S")
    return [
        *(each["prices"]["cny"].get("cost") for each in (body, small) if isinstance(each["prices"].get("cny"), dict)),
        body["version"],
    ]


def test_a_key_without_the_scope_reads_products_without_costs(api: Api) -> None:
    status, shown = api("GET", PATH, scopes=PLAIN)
    assert (status, shown["prices"]["cny"]["cost"]) == (200, None)
    assert shown["variants"][0]["prices"]["cny"]["cost"] is None
    assert (shown["prices"]["cny"]["price"], shown["prices"]["vip"]) == (1000, 950)
    assert costs(api) == [400, 350, 1]


def test_what_it_read_can_be_put_back_and_changes_nothing(api: Api) -> None:
    shown = api("GET", PATH, scopes=PLAIN)[1]
    assert api("PUT", PATH, shown, scopes=PLAIN) == (200, shown)
    assert costs(api) == [400, 350, 1]


def test_a_change_by_it_keeps_the_costs_also_of_variants_that_move_and_prices_that_are_numbers(api: Api) -> None:
    shown = api("GET", PATH, scopes=PLAIN)[1]
    changed = shown | {"prices": {"cny": 1100}, "variants": shown["variants"][::-1]}
    status, put = api("PUT", PATH, changed, scopes=PLAIN)
    assert (status, put["prices"]["cny"]["price"], put["prices"]["cny"]["cost"]) == (200, 1100, None)
    assert costs(api) == [400, 350, 2]
    assert api("PUT", PATH, put, scopes=PLAIN) == (200, put)


def test_a_price_that_is_taken_out_takes_its_cost_along(api: Api) -> None:
    without = MUG | {"prices": {"vip": 950}, "variants": [{**each, "prices": {}} for each in VARIANTS]}
    assert api("PUT", PATH, without, scopes=PLAIN)[0] == 200
    again = MUG | {"prices": {"cny": 1000}, "variants": [{**each, "prices": {"cny": 900}} for each in VARIANTS]}
    assert api("PUT", PATH, again, scopes=PLAIN)[0] == 200
    assert costs(api) == [3], "plain numbers: nothing is kept of what was gone"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"variants": []}, "/prices/cny/cost"),
        ({"prices": {"cny": {"price": 1000, "cost": 0}}, "variants": []}, "/prices/cny/cost"),
        ({"prices": {"cny": 1000}}, "/variants/0/prices/cny/cost"),
    ],
)
def test_a_cost_that_it_sends_is_refused_even_the_one_that_is_kept(
    api: Api, change: dict[str, Any], pointer: str
) -> None:
    status, problem = api("PUT", PATH, MUG | change, scopes=PLAIN)
    assert (status, problem["code"], problem["pointer"]) == (403, "missing_scope", pointer)
    assert problem["facts"] == {"scope": "prices:cost"}
    assert costs(api) == [400, 350, 1]


def test_no_warning_tells_it_that_a_price_is_below_the_cost(api: Api) -> None:
    cheap = MUG | {"prices": {"cny": {"price": 399}}, "variants": []}
    assert api("PUT", PATH, cheap, scopes=PLAIN)[1]["warnings"] == []
    assert [each["code"] for each in api("PUT", PATH, api("GET", PATH)[1])[1]["warnings"]] == ["below_cost"]


def test_its_version_is_checked_as_everybodys(api: Api) -> None:
    shown = api("GET", PATH, scopes=PLAIN)[1]
    api("PUT", PATH, MUG | {"prices": {"cny": {"price": 1000, "cost": 500}}})
    status, problem = api("PUT", PATH, shown | {"state": "inactive"}, scopes=PLAIN)
    assert (status, problem["code"], problem["facts"]) == (409, "version_conflict", {"version": 2})


# ---------------------------------------------------------------- others change it at the same moment
class Contended(InMemoryCatalogRepository):
    """Somebody sets a new cost after each read of the product, so often."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def get(self, kind: Kind, document_id: str) -> Document | None:
        found = super().get(kind, document_id)
        if kind is Kind.PRODUCT and self.times:
            self.times -= 1
            entry = {"price": 1000, "cost": 400 + self.times, "breaks": []}
            self.times, left = 0, self.times
            self.put(kind, document_id, {"name": {}, "prices": {"cny": entry}}, START)
            self.times = left
        return found


def put_without_scope(catalog: InMemoryCatalogRepository, expected: int | None = None) -> Document:
    catalog.put(Kind.PRICE_LIST, "cny", {"name": {}, "currency": "CNY"}, START)
    body = {"name": {"en": "Mug", "zh": "杯"}, "prices": {"cny": 1100}}
    put = limited_to(PutDocument(Kind.PRODUCT, "MUG", body, expected), {"catalog:write"})
    return put_document(catalog, put, START)


def test_a_cost_that_somebody_sets_meanwhile_is_kept_too() -> None:
    assert put_without_scope(Contended(3)).body["prices"]["cny"] == {"price": 1100, "cost": 400, "breaks": []}


def test_when_others_are_always_quicker_it_is_told_to_come_again() -> None:
    with pytest.raises(Busy):
        put_without_scope(Contended(1000))


def test_a_version_that_was_named_is_refused_at_once() -> None:
    with pytest.raises(StaleDocument):
        put_without_scope(Contended(1), expected=7)
