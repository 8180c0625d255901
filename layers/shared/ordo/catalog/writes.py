"""The DynamoDB writes of coupons' counters, as values: the seam through which an order's one commit takes uses.

`ordo.orders.repository` puts `move_updates(table, move)` into its transaction; the catalogue's own repository puts
`limit_updates(table, code, changes)` beside the coupon's document. Nothing here talks to AWS.

Both are in the document's partition `coupon#<code>`: `uses#<bucket>` with `left`, `customer#<id>` with `used`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ordo.catalog.uses import CouponMove, UsedUp
from ordo.runtime.dynamo import Update

COUNTER_SCHEMA = 1
BUCKET_SK = "uses#"
BUCKETS_FROM, BUCKETS_TO = BUCKET_SK, "uses#~"
"""Sort keys between which a code's buckets lie, and nothing else."""


def coupon_pk(code: str) -> str:
    """Partition of a coupon's document and of its counters."""
    return f"coupon#{code}"


def bucket_sk(bucket: int) -> str:
    """Sort key of a bucket."""
    return f"{BUCKET_SK}{bucket:02d}"


def customer_sk(customer_id: str) -> str:
    """Sort key of what one customer used."""
    return f"customer#{customer_id}"


def left_by_bucket(items: Iterable[Mapping[str, Any]]) -> dict[int, int]:
    """What is left, by bucket, of those items that are buckets."""
    found = (item for item in items if item["sk"].startswith(BUCKET_SK))
    return {int(item["sk"].removeprefix(BUCKET_SK)): item["left"] for item in found}


def move_updates(table: str, move: CouponMove) -> list[tuple[Update, UsedUp]]:
    """The conditional writes of one move, each with what it means when its condition fails."""
    pk, writes = coupon_pk(move.code), list[tuple[Update, UsedUp]]()
    if move.bucket is not None:
        writes.append((_bucket_update(table, pk, move), "total"))
    if move.customer_id is not None:
        writes.append((_customer_update(table, pk, move.customer_id, move), "customer"))
    return writes


def limit_updates(table: str, code: str, changes: Mapping[int, int]) -> list[Update]:
    """Add to the buckets, or take from what is left there; a bucket begins with the first write to it."""
    return [_limit_update(table, code, bucket, uses) for bucket, uses in sorted(changes.items())]


def _limit_update(table: str, code: str, bucket: int, uses: int) -> Update:
    values = {":uses": uses, ":schema": COUNTER_SCHEMA}
    condition = None
    if uses < 0:
        condition, values[":need"] = "#left >= :need", -uses
    names = {"#left": "left", "#schema": "schema"}
    expression = "ADD #left :uses SET #schema = :schema"
    return Update(table, coupon_pk(code), bucket_sk(bucket), expression, condition, names, values)


def _bucket_update(table: str, pk: str, move: CouponMove) -> Update:
    names, sk = {"#left": "left"}, bucket_sk(move.bucket or 0)
    if move.given_back:
        return Update(table, pk, sk, "ADD #left :one", names=names, values={":one": 1})
    return Update(table, pk, sk, "ADD #left :taken", "#left >= :one", names, {":taken": -1, ":one": 1})


def _customer_update(table: str, pk: str, customer_id: str, move: CouponMove) -> Update:
    sk = customer_sk(customer_id)
    if move.given_back:
        return Update(table, pk, sk, "ADD #used :back", names={"#used": "used"}, values={":back": -1})
    condition = "attribute_not_exists(#used) OR #used < :limit"
    values = {":one": 1, ":limit": move.customer_limit, ":schema": COUNTER_SCHEMA}
    expression = "ADD #used :one SET #schema = :schema"
    return Update(table, pk, sk, expression, condition, {"#used": "used", "#schema": "schema"}, values)
