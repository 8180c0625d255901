"""Many coupons at once, with codes that nobody can guess and that the same request always gets again."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ordo.catalog.coupons import CouponState
from ordo.catalog.documents import CatalogRepository, CouponBatch, Kind
from ordo.catalog.errors import InvalidDocument
from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.errors import Busy, Code, NotFound, OrdoError

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 characters that are not taken for each other: without 0, O, 1 and I. Each has 5 bits."""
MAX_TOGETHER, MIN_LENGTH, MAX_LENGTH = 1000, 8, 32
ROUNDS = 5
"""How often what is still missing is written again, as when the same request is being carried out twice at once."""


@dataclass(frozen=True, slots=True)
class MakeCoupons:
    """The command. `terms` are what the coupons share, as in documents; `body_hash` is of all but client and key."""

    promotion_id: str
    client_id: str
    key: str
    count: int
    prefix: str
    length: int
    terms: Mapping[str, Any]
    body_hash: str

    @property
    def batch_id(self) -> str:
        """One id for each client and key."""
        return "bat_" + sha256_hex(canonical_json([self.client_id, self.key]))[:32]

    @property
    def batch(self) -> CouponBatch:
        """What is kept to know the request again."""
        return CouponBatch(self.batch_id, self.promotion_id, self.body_hash)

    def body(self) -> dict[str, Any]:
        """The document of each coupon, as stored. Its uses are in one bucket: what many codes share is not hot."""
        stored = {**self.terms, "promotion_id": self.promotion_id, "state": CouponState.ACTIVE.value}
        counted = {"buckets": 1} if "total_limit" in self.terms else {}
        return stored | counted | {"batch_id": self.batch_id}


CodeOf = Callable[[int, int], str]
"""`code_of(number, attempt)`: the code of the batch's coupon of that number; a new attempt gives another."""


def codes_of(command: MakeCoupons, secret: bytes) -> CodeOf:
    """The codes of a batch, made of the stack's `secret`, the client, its key and the number by HMAC-SHA256."""

    def code_of(number: int, attempt: int) -> str:
        named = canonical_json([command.client_id, command.key, command.prefix, number, attempt]).encode()
        digest = hmac.new(secret, named, hashlib.sha256).digest()
        return command.prefix + "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[: command.length])

    return code_of


def make_coupons(catalog: CatalogRepository, command: MakeCoupons, code_of: CodeOf, now: datetime) -> list[str]:
    """Make the coupons, or what a crash has left of them, and give their codes in order.

    Raises `NotFound` for an unknown promotion, `InvalidDocument` for one that applies without a coupon, and
    `idempotency_key_reused` when the key belongs to another request. `Busy` when it is carried out elsewhere right now.
    """
    begun = catalog.coupon_batch(command.batch)
    if begun is None:
        require_couponed(catalog, command.promotion_id)
        begun = catalog.coupon_batch(command.batch, now)
    if begun != command.batch:
        raise OrdoError("This Idempotency-Key belongs to another request.", code=Code.IDEMPOTENCY_KEY_REUSED)
    for _ in range(ROUNDS):
        codes, missing = _settled(catalog, command, code_of)
        if not missing:
            return codes
        catalog.add_coupons({code: command.body() for code in missing}, now)
    raise Busy()


def require_couponed(catalog: CatalogRepository, promotion_id: str) -> None:
    """Raise `NotFound` for an unknown promotion, `InvalidDocument` for one that applies without a coupon."""
    promotion = catalog.get(Kind.PROMOTION, promotion_id)
    if promotion is None:
        raise NotFound("There is no promotion of this id.")
    if not promotion.body.get("requires_coupon"):
        raise InvalidDocument("This promotion applies without a coupon.")


def _settled(catalog: CatalogRepository, command: MakeCoupons, code_of: CodeOf) -> tuple[list[str], list[str]]:
    """The codes, and which of them are not written yet. One that is not of this batch already gives way to another."""
    attempts = [0] * command.count
    while True:
        codes = _distinct(attempts, code_of)
        found = catalog.get_many(Kind.COUPON, codes)
        foreign = [
            number
            for number, code in enumerate(codes)
            if code in found and found[code].body.get("batch_id") != command.batch_id
        ]
        if not foreign:
            return codes, [code for code in codes if code not in found]
        for number in foreign:
            attempts[number] += 1


def _distinct(attempts: list[int], code_of: CodeOf) -> list[str]:
    """A code for each number; of two that are alike the later one is made anew (and `attempts` counts it)."""
    codes: dict[str, None] = {}
    for number in range(len(attempts)):
        while (code := code_of(number, attempts[number])) in codes:
            attempts[number] += 1
        codes[code] = None
    return list(codes)
