"""Coupons' counters and batches in both catalogue repositories: the in-memory one and DynamoDB's are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from ordo.catalog.coupons import Coupon
from ordo.catalog.documents import CatalogRepository, CouponBatch, Kind
from ordo.catalog.errors import CouponLimitBelowUsed, InvalidDocument, StaleDocument
from ordo.catalog.memory import InMemoryCatalogRepository
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.catalog.uses import CouponMove, CouponUses
from ordo.catalog.writes import move_updates
from ordo.runtime.clients import client
from ordo.runtime.dynamo import TransactionRefused, get_item, query_all, transact

pytestmark = pytest.mark.moto

NOW = datetime(2026, 6, 18, 12, tzinfo=UTC)
COUPON: dict[str, Any] = {"promotion_id": "sale", "state": "active", "give_back": True}


@pytest.fixture(params=["memory", "dynamodb"])
def catalog(request: pytest.FixtureRequest) -> CatalogRepository:
    if request.param == "memory":
        return InMemoryCatalogRepository()
    request.getfixturevalue("tables")
    return DynamoCatalogRepository("catalog", "customers", cache_s=0)


def make(catalog: CatalogRepository, moves: Iterable[CouponMove]) -> None:
    """As the commit of an order does."""
    if isinstance(catalog, InMemoryCatalogRepository):
        assert catalog.uses.used_up(moves) == {}
        catalog.uses.make(moves)
    else:
        transact([update for move in moves for update, _ in move_updates("catalog", move)])


def read(catalog: CatalogRepository, code: str) -> Coupon:
    found = catalog.get(Kind.COUPON, code)
    assert found is not None
    return Coupon.of(code, found.body, found.version)


def uses(catalog: CatalogRepository, code: str, customer_id: str | None = None) -> CouponUses | None:
    return catalog.coupon_uses([read(catalog, code)], customer_id).get(code)


def counters(catalog: CatalogRepository, code: str) -> dict[str, int]:
    """Every counter of the code, by its sort key."""
    if isinstance(catalog, InMemoryCatalogRepository):
        left = {f"uses#{bucket:02d}": uses for bucket, uses in catalog.uses.left_of(code).items()}
        return left | {f"customer#{who}": used for (known, who), used in catalog.uses.used.items() if known == code}
    found = [item for item in query_all("catalog", f"coupon#{code}") if item["sk"] != "coupon"]
    assert all(item["schema"] == 1 for item in found)
    return {item["sk"]: item["left"] if "left" in item else item["used"] for item in found}


def test_a_limited_code_has_its_uses_in_buckets_from_the_beginning(catalog: CatalogRepository) -> None:
    put = catalog.put(Kind.COUPON, "sale", {**COUPON, "total_limit": 25}, NOW)
    assert (put.document_id, put.version, put.body["buckets"]) == ("SALE", 1, 2)
    assert counters(catalog, "SALE") == {"uses#00": 13, "uses#01": 12}
    assert uses(catalog, "SALE") == CouponUses(left=25)


def test_an_unlimited_code_has_no_counter_and_one_limited_for_each_customer_none_yet(
    catalog: CatalogRepository,
) -> None:
    catalog.put(Kind.COUPON, "OPEN", COUPON, NOW)
    catalog.put(Kind.COUPON, "EACH", {**COUPON, "per_customer_limit": 2}, NOW)
    assert (counters(catalog, "OPEN"), counters(catalog, "EACH")) == ({}, {})
    assert uses(catalog, "OPEN", "c-1") is None
    assert uses(catalog, "EACH") == CouponUses()
    assert uses(catalog, "EACH", "c-1") == CouponUses(used=0)


def test_uses_are_taken_and_given_back(catalog: CatalogRepository) -> None:
    catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 20, "per_customer_limit": 2}, NOW)
    make(catalog, [CouponMove("SALE", 1, "c-1", 2)])
    make(catalog, [CouponMove("SALE", 1, "c-1", 2)])
    make(catalog, [CouponMove("SALE", 0, "c-2", 2)])
    assert counters(catalog, "SALE") == {"uses#00": 9, "uses#01": 8, "customer#c-1": 2, "customer#c-2": 1}
    make(catalog, [CouponMove("SALE", 1, "c-1", 2, given_back=True)])
    assert uses(catalog, "SALE", "c-1") == CouponUses(18, 1)
    assert uses(catalog, "SALE", "c-3") == CouponUses(18, 0)


def test_of_many_coupons_all_uses_are_read_together(catalog: CatalogRepository) -> None:
    for code, terms in {"A": {"total_limit": 160}, "B": {"per_customer_limit": 1}, "C": {}}.items():
        catalog.put(Kind.COUPON, code, {**COUPON, **terms}, NOW)
    make(catalog, [CouponMove("A", 15), CouponMove("B", None, "c-1", 1)])
    coupons = [read(catalog, code) for code in "ABC"]
    assert catalog.coupon_uses(coupons, "c-1") == {"A": CouponUses(159), "B": CouponUses(None, 1)}
    assert catalog.coupon_uses([], "c-1") == {}


def test_raising_the_limit_adds_to_what_is_left_and_keeps_the_buckets(catalog: CatalogRepository) -> None:
    catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 20}, NOW)
    make(catalog, [CouponMove("SALE", 0)])
    raised = catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 501}, NOW)
    assert (raised.version, raised.body["buckets"]) == (2, 2)
    assert uses(catalog, "SALE") == CouponUses(500)
    assert set(counters(catalog, "SALE")) == {"uses#00", "uses#01"}


def test_lowering_the_limit_takes_from_what_is_left_down_to_what_was_used(catalog: CatalogRepository) -> None:
    catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 20}, NOW)
    make(catalog, [CouponMove("SALE", 0)])
    make(catalog, [CouponMove("SALE", 1)])
    with pytest.raises(CouponLimitBelowUsed) as refusal:
        catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 1}, NOW)
    assert (refusal.value.facts, refusal.value.pointer) == ({"used": 2, "limit": 1}, "/total_limit")
    assert (uses(catalog, "SALE"), read(catalog, "SALE").version) == (CouponUses(18), 1)
    catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 2}, NOW)
    assert counters(catalog, "SALE") == {"uses#00": 0, "uses#01": 0}


def test_a_put_that_leaves_the_limit_alone_leaves_the_counters_alone(catalog: CatalogRepository) -> None:
    body = {**COUPON, "total_limit": 20}
    catalog.put(Kind.COUPON, "SALE", body, NOW)
    make(catalog, [CouponMove("SALE", 0)])
    assert catalog.put(Kind.COUPON, "SALE", body, NOW).version == 1
    assert catalog.put(Kind.COUPON, "SALE", {**body, "state": "disabled"}, NOW).version == 2
    assert uses(catalog, "SALE") == CouponUses(19)
    with pytest.raises(StaleDocument):
        catalog.put(Kind.COUPON, "SALE", {**body, "total_limit": 30}, NOW, expected_version=1)
    assert uses(catalog, "SALE") == CouponUses(19)


@pytest.mark.parametrize(("before", "after"), [({"total_limit": 5}, {}), ({}, {"total_limit": 5})])
def test_a_code_neither_begins_nor_ceases_to_be_counted(
    catalog: CatalogRepository, before: dict[str, Any], after: dict[str, Any]
) -> None:
    catalog.put(Kind.COUPON, "SALE", {**COUPON, **before}, NOW)
    counted = counters(catalog, "SALE")
    with pytest.raises(InvalidDocument):
        catalog.put(Kind.COUPON, "SALE", {**COUPON, **after}, NOW)
    assert counters(catalog, "SALE") == counted


def test_a_batch_is_begun_once(catalog: CatalogRepository) -> None:
    batch = CouponBatch("bat_1", "sale", "hash")
    assert catalog.coupon_batch(batch) is None
    assert catalog.coupon_batch(batch, NOW) == batch
    assert catalog.coupon_batch(CouponBatch("bat_1", "other", "another"), NOW) == batch
    assert catalog.coupon_batch(batch) == batch


def test_coupons_are_added_with_their_counters_and_what_exists_is_left_alone(catalog: CatalogRepository) -> None:
    catalog.put(Kind.COUPON, "C-7", {**COUPON, "total_limit": 20}, NOW)
    own = {**COUPON, "total_limit": 3, "buckets": 1, "batch_id": "bat_1"}
    catalog.add_coupons({f"C-{number}": own for number in range(60)}, NOW)
    catalog.add_coupons({f"C-{number}": own for number in range(55, 130)}, NOW)
    found = catalog.get_many(Kind.COUPON, [f"C-{number}" for number in range(200)])
    assert set(found) == {f"C-{number}" for number in range(130)}
    assert {document.version for document in found.values()} == {1}
    assert found["C-8"].body == own
    assert (uses(catalog, "C-7"), uses(catalog, "C-8"), uses(catalog, "C-129")) == (
        CouponUses(20),
        CouponUses(3),
        CouponUses(3),
    )


def test_what_a_batch_says_stays_when_its_coupon_is_edited(catalog: CatalogRepository) -> None:
    catalog.add_coupons({"C-1": {**COUPON, "total_limit": 3, "buckets": 1, "batch_id": "bat_1"}}, NOW)
    catalog.put(Kind.COUPON, "C-1", {**COUPON, "total_limit": 200}, NOW)
    found = catalog.get(Kind.COUPON, "C-1")
    assert found is not None
    assert found.body == {**COUPON, "total_limit": 200, "buckets": 1, "batch_id": "bat_1"}
    assert uses(catalog, "C-1") == CouponUses(200)


# ---------------------------------------------------------------- against concurrent takers, on DynamoDB
Interrupt = Callable[[Callable[[], None]], None]


@pytest.fixture
def interrupt(tables: None) -> Interrupt:
    """Something happens between a writer's read and its write, once."""

    def arm(what: Callable[[], None]) -> None:
        pending = [what]

        def happen(**_: object) -> None:
            if pending:
                pending.pop()()

        client("dynamodb").meta.events.register("before-call.dynamodb.TransactWriteItems", happen)

    return arm


def test_uses_taken_while_the_limit_is_lowered_are_not_lost(interrupt: Interrupt) -> None:
    catalog = DynamoCatalogRepository("catalog", cache_s=0)
    catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 20}, NOW)
    interrupt(lambda: make(catalog, [CouponMove("SALE", 0)]))
    catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 1}, NOW)
    assert counters(catalog, "SALE") == {"uses#00": 0, "uses#01": 0}


def test_a_limit_that_was_reached_while_it_was_lowered_is_refused(interrupt: Interrupt) -> None:
    catalog = DynamoCatalogRepository("catalog", cache_s=0)
    catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 2}, NOW)

    def two_are_taken() -> None:
        make(catalog, [CouponMove("SALE", 0)])
        make(catalog, [CouponMove("SALE", 0)])

    interrupt(two_are_taken)
    with pytest.raises(CouponLimitBelowUsed) as refusal:
        catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 1}, NOW)
    assert refusal.value.facts == {"used": 2, "limit": 1}
    assert uses(catalog, "SALE") == CouponUses(0)


def test_uses_taken_while_the_limit_is_raised_are_not_lost(interrupt: Interrupt) -> None:
    catalog = DynamoCatalogRepository("catalog", cache_s=0)
    catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 20}, NOW)
    interrupt(lambda: make(catalog, [CouponMove("SALE", 0)]))
    assert catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 30}, NOW).version == 2
    assert uses(catalog, "SALE") == CouponUses(29)


def test_two_who_change_the_limit_at_once_both_count(interrupt: Interrupt) -> None:
    catalog = DynamoCatalogRepository("catalog", cache_s=0)
    catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 20}, NOW)

    def another_raises_it() -> None:
        catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 50}, NOW)

    interrupt(another_raises_it)
    assert catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 30}, NOW).version == 3
    assert uses(catalog, "SALE") == CouponUses(30)


@pytest.mark.parametrize(
    "move", [CouponMove("SALE", 0), CouponMove("SALE", None, "c-1", 1), CouponMove("SALE", 0, "c-1", 1)]
)
def test_a_use_that_is_not_there_is_not_taken(tables: None, move: CouponMove) -> None:
    catalog = DynamoCatalogRepository("catalog", cache_s=0)
    catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 1, "per_customer_limit": 1}, NOW)
    make(catalog, [CouponMove("SALE", 0, "c-1", 1)])
    with pytest.raises(TransactionRefused):
        make(catalog, [move])
    assert counters(catalog, "SALE") == {"uses#00": 0, "customer#c-1": 1}


def test_uses_of_one_coupon_are_one_read(tables: None) -> None:
    catalog = DynamoCatalogRepository("catalog", cache_s=0)
    catalog.put(Kind.COUPON, "SALE", {**COUPON, "total_limit": 160, "per_customer_limit": 1}, NOW)
    coupon = read(catalog, "SALE")
    made: list[str] = []
    client("dynamodb").meta.events.register("before-call.dynamodb", lambda model, **_: made.append(model.name))
    assert catalog.coupon_uses([coupon], "c-1") == {"SALE": CouponUses(160, 0)}
    assert made == ["BatchGetItem"]


def test_a_batch_keeps_what_its_request_was(tables: None) -> None:
    DynamoCatalogRepository("catalog").coupon_batch(CouponBatch("bat_1", "sale", "hash"), NOW)
    item = get_item("catalog", "batch#bat_1", "batch")
    assert item is not None
    assert (item["schema"], item["promotion_id"], item["body_hash"]) == (1, "sale", "hash")
