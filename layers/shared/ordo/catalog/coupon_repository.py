"""What coupons have in the Catalog table beside their documents: counters, and records of those made together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from ordo.catalog.coupons import Coupon, bucket_changes
from ordo.catalog.documents import Body, CouponBatch, Document
from ordo.catalog.uses import MAX_BUCKETS, CouponUses
from ordo.catalog.writes import bucket_sk, coupon_pk, customer_sk, left_by_bucket, limit_updates
from ordo.kernel.clock import to_iso
from ordo.runtime.dynamo import (
    Conflict,
    Item,
    Put,
    TransactionRefused,
    Write,
    batch_get,
    get_item,
    transact,
    write,
)
from ordo.runtime.retry import with_jitter

MAX_WRITES = 100
"""Items of one transaction."""
BATCH_SK, BATCH_SCHEMA = "batch", 1

_NEW = "attribute_not_exists(pk)"


def bucket_keys(table: str, code: str, buckets: int = MAX_BUCKETS) -> list[tuple[str, str, str]]:
    """Where a code's buckets are; by default all that a code may have."""
    return [(table, coupon_pk(code), bucket_sk(bucket)) for bucket in range(buckets)]


def limit_writes(table: str, found: Document | None, document: Document, items: Iterable[Item]) -> list[Write]:
    """What writing the document changes in its counters; raises `CouponLimitBelowUsed`."""
    changes = bucket_changes(found.body if found else None, document.body, left_by_bucket(items))
    return [*limit_updates(table, document.document_id, changes)]


def uses_of(table: str, coupons: Iterable[Coupon], customer_id: str | None) -> dict[str, CouponUses]:
    """Of counted coupons, how many uses are left and how often the customer used it, in one read."""
    counted = [coupon for coupon in coupons if coupon.is_counted]
    keys = [key for coupon in counted for key in bucket_keys(table, coupon.code, coupon.buckets)]
    if customer_id is not None:
        mine = [coupon.code for coupon in counted if coupon.per_customer_limit is not None]
        keys += [(table, coupon_pk(code), customer_sk(customer_id)) for code in mine]
    items = with_jitter(lambda: batch_get(keys), on=(Conflict,)) if keys else []
    return {coupon.code: _uses(coupon, customer_id, items) for coupon in counted}


def _uses(coupon: Coupon, customer_id: str | None, items: list[Item]) -> CouponUses:
    mine = [item for item in items if item["pk"] == coupon_pk(coupon.code)]
    left = sum(left_by_bucket(mine).values()) if coupon.total_limit is not None else None
    if coupon.per_customer_limit is None or customer_id is None:
        return CouponUses(left)
    used = [item["used"] for item in mine if item["sk"] == customer_sk(customer_id)]
    return CouponUses(left, sum(used))


def batch(table: str, wanted: CouponBatch, now: datetime | None) -> CouponBatch | None:
    """The batch as it was begun; with `now` it is begun if it is new."""
    pk = f"batch#{wanted.batch_id}"
    if now is not None:
        facts = {"promotion_id": wanted.promotion_id, "body_hash": wanted.body_hash, "at": to_iso(now)}
        begun = Put(table, {"pk": pk, "sk": BATCH_SK, "schema": BATCH_SCHEMA, **facts}, _NEW)
        try:
            with_jitter(lambda: write(begun), on=(Conflict,))
            return wanted
        except TransactionRefused as refused:
            item = refused.failed[0]
    else:
        item = get_item(table, pk, BATCH_SK, consistent=True)
    return CouponBatch(wanted.batch_id, item["promotion_id"], item["body_hash"]) if item else None


def add(table: str, items: Mapping[str, Item], bodies: Mapping[str, Body]) -> None:
    """Write new coupons with their counters, as many in a transaction as fit.

    When one of a transaction is there already, its others are written one by one.
    """
    coupons: list[list[Write]] = [
        [Put(table, items[code], _NEW), *limit_updates(table, code, bucket_changes(None, body, {}))]
        for code, body in bodies.items()
    ]
    for together in _together(coupons):
        if not _written([write for coupon in together for write in coupon]):
            for coupon in together:
                _written(coupon)


def _written(writes: list[Write]) -> bool:
    try:
        with_jitter(lambda: transact(writes), on=(Conflict,))
    except TransactionRefused:
        return False
    return True


def _together(coupons: Iterable[list[Write]]) -> Iterator[list[list[Write]]]:
    """Groups that fit into one transaction each."""
    group: list[list[Write]] = []
    size = 0
    for coupon in coupons:
        if size + len(coupon) > MAX_WRITES:
            yield group
            group, size = [], 0
        group.append(coupon)
        size += len(coupon)
    if group:
        yield group
