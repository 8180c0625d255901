"""Many coupons at once: codes that nobody guesses, the same again for the same request, all of them whatever breaks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ordo.catalog.bulk import ALPHABET, MakeCoupons, codes_of, make_coupons
from ordo.catalog.documents import Body, Kind
from ordo.catalog.errors import InvalidDocument
from ordo.catalog.memory import InMemoryCatalogRepository
from ordo.kernel.errors import Busy, Code, NotFound, OrdoError

NOW = datetime(2026, 6, 18, 12, tzinfo=UTC)
SECRET = b"the stack's secret"
COMMAND = MakeCoupons("sale", "shop", "k1", 25, "SPRING-", 10, {"total_limit": 5, "give_back": True}, "hash")


class Breaking(InMemoryCatalogRepository):
    """Writes only `lasts` more coupons, then fails."""

    lasts = 10_000

    def add_coupons(self, bodies: Mapping[str, Body], now: datetime) -> None:
        for code, body in bodies.items():
            if self.lasts == 0:
                raise ConnectionError("gone")
            self.lasts -= 1
            super().add_coupons({code: body}, now)


def catalog() -> Breaking:
    found = Breaking()
    found.put(Kind.PROMOTION, "sale", {"name": {"en": "x"}, "state": "active", "requires_coupon": True}, NOW)
    found.put(Kind.PROMOTION, "open", {"name": {"en": "x"}, "state": "active"}, NOW)
    return found


def make(found: Breaking, command: MakeCoupons = COMMAND) -> list[str]:
    return make_coupons(found, command, codes_of(command, SECRET), NOW)


def coupons(found: Breaking, codes: Iterable[str]) -> dict[str, Body]:
    return {code: document.body for code, document in found.get_many(Kind.COUPON, codes).items()}


def test_each_code_is_new_readable_and_has_the_terms_and_a_counter_of_its_own() -> None:
    found = catalog()
    codes = make(found)
    assert len(set(codes)) == 25
    assert all(re.fullmatch(r"SPRING-[A-HJ-NP-Z2-9]{10}", code) for code in codes)
    stored = coupons(found, codes)
    assert set(stored) == set(codes)
    assert all(body["total_limit"] == 5 and body["buckets"] == 1 for body in stored.values())
    assert all(found.uses.left_of(code) == {0: 5} for code in codes)


def test_characters_that_are_taken_for_each_other_are_not_used_and_the_others_evenly() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    assert not set("0O1I") & set(ALPHABET)
    command = replace(COMMAND, prefix="", length=32)
    seen = Counter("".join(codes_of(command, SECRET)(number, 0) for number in range(1000)))
    assert set(seen) == set(ALPHABET)
    assert max(seen.values()) < 1.25 * min(seen.values())


def test_codes_depend_on_the_secret_the_client_the_key_and_the_number() -> None:
    first = codes_of(COMMAND, SECRET)(0, 0)
    others = [
        codes_of(COMMAND, b"another secret")(0, 0),
        codes_of(replace(COMMAND, client_id="app"), SECRET)(0, 0),
        codes_of(replace(COMMAND, key="k2"), SECRET)(0, 0),
        codes_of(COMMAND, SECRET)(1, 0),
        codes_of(COMMAND, SECRET)(0, 1),
    ]
    assert len({first, *others}) == 6
    assert codes_of(COMMAND, SECRET)(0, 0) == first


def test_the_same_request_gets_the_same_codes_and_writes_nothing() -> None:
    found = catalog()
    codes = make(found)
    found.put(Kind.COUPON, codes[3], {**coupons(found, codes)[codes[3]], "state": "disabled"}, NOW)
    found.lasts = 0
    assert make(found) == codes
    assert coupons(found, codes)[codes[3]]["state"] == "disabled"


def test_a_thousand_coupons_are_made_at_once() -> None:
    found = catalog()
    codes = make(found, replace(COMMAND, count=1000, length=8))
    assert len(set(codes)) == len(coupons(found, codes)) == 1000


def test_another_request_under_the_same_key_is_refused() -> None:
    found = catalog()
    make(found)
    with pytest.raises(OrdoError) as refusal:
        make(found, replace(COMMAND, body_hash="another"))
    assert refusal.value.code is Code.IDEMPOTENCY_KEY_REUSED
    assert len(make(found, replace(COMMAND, client_id="app", body_hash="another"))) == 25


@pytest.mark.parametrize("lasts", [0, 1, 24])
def test_what_broke_half_way_is_finished_by_asking_again(lasts: int) -> None:
    found, whole = catalog(), make(catalog())
    found.lasts = lasts
    with pytest.raises(ConnectionError):
        make(found)
    found.lasts = 25 - lasts
    assert make(found) == whole
    assert len(coupons(found, whole)) == 25


def test_a_code_that_somebody_else_has_gives_way_to_another_for_ever() -> None:
    found, whole = catalog(), make(catalog())
    found.put(Kind.COUPON, whole[7], {"promotion_id": "sale", "state": "active"}, NOW)
    codes = make(found)
    assert codes[:7] == whole[:7]
    assert codes[8:] == whole[8:]
    assert codes[7] not in whole
    assert coupons(found, [whole[7]]) == {whole[7]: {"promotion_id": "sale", "state": "active"}}
    assert make(found) == codes


def test_two_numbers_of_one_batch_never_share_a_code() -> None:
    def narrow(number: int, attempt: int) -> str:
        return f"CODE-{(number * 7 + attempt) % 30}"

    found = catalog()
    codes = make_coupons(found, COMMAND, narrow, NOW)
    assert len(set(codes)) == 25
    assert make_coupons(found, COMMAND, narrow, NOW) == codes


def test_unlimited_coupons_have_no_counter() -> None:
    found = catalog()
    command = replace(COMMAND, terms={"give_back": True})
    codes = make(found, command)
    assert not found.uses.left
    assert all("buckets" not in body for body in coupons(found, codes).values())


def test_only_a_promotion_that_asks_for_a_coupon_gets_any() -> None:
    found = catalog()
    with pytest.raises(NotFound):
        make(found, replace(COMMAND, promotion_id="none"))
    with pytest.raises(InvalidDocument):
        make(found, replace(COMMAND, promotion_id="open"))
    found.lasts = 25
    assert len(make(found)) == 25  # a refusal binds no key


def test_who_never_finds_its_coupons_written_is_told_to_come_again() -> None:
    class Forgetful(Breaking):
        def add_coupons(self, bodies: Mapping[str, Body], now: datetime) -> None:
            return None

    found = Forgetful()
    found.put(Kind.PROMOTION, "sale", {"name": {"en": "x"}, "state": "active", "requires_coupon": True}, NOW)
    with pytest.raises(Busy):
        make(found)
