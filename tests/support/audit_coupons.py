"""The audit of what orders take of their coupons' and customers' limits: counters equal to what live orders have."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.audit import Ledger

Item = dict[str, Any]


def coupon_findings(found: Ledger) -> Iterable[str]:
    """What is left and what orders hold is the limit; each customer's counter is what their orders hold."""
    total: Counter[str] = Counter()
    each: Counter[tuple[str, str]] = Counter()
    for header, taken in _held(found):
        total[taken["code"]] += "bucket" in taken
        each[taken["code"], f"customer#{header.get('customer_id')}"] += "customer_limit" in taken
    for code, items in found.coupons.items():
        body = json.loads(items["coupon"]["body"])
        left = {sk: item["left"] for sk, item in items.items() if sk.startswith("uses#")}
        if len(left) != body.get("buckets", 0):
            yield f"{code}: {len(left)} buckets, its document says {body.get('buckets', 0)}"
        if sum(left.values()) + total[code] != body.get("total_limit", 0) and (left or body.get("total_limit")):
            yield f"{code}: {left} left and {total[code]} taken of {body.get('total_limit')}"
        if any(uses < 0 for uses in left.values()):
            yield f"{code}: less than nothing left in {left}"
        used = {sk: item["used"] for sk, item in items.items() if sk.startswith("customer#")}
        for sk in set(used) | {customer for known, customer in each if known == code}:
            if used.get(sk, 0) != each[code, sk]:
                yield f"{code}: {sk} used {used.get(sk, 0)}, their orders hold {each[code, sk]}"


def first_order_findings(found: Ledger) -> Iterable[str]:
    """Each claim of a first order is that of a live order which knows it, and the other way round."""
    claims = {pk: claim["order_id"] for pk, claim in found.claims.items() if pk.startswith("first_order#")}
    expected = {
        f"first_order#{header['customer_id']}": header["order_id"]
        for header in _headers(found)
        if header.get("first_order") and header["status"] != "cancelled"
    }
    if claims != expected:
        yield f"first orders are claimed by {claims}, the orders say {expected}"


def _held(found: Ledger) -> Iterator[tuple[Item, Item]]:
    """Each use that an order holds now, with the order's header."""
    for header in _headers(found):
        for taken in header.get("coupons", ()):
            if header["status"] != "cancelled" or not taken.get("give_back", True):
                yield header, taken


def _headers(found: Ledger) -> Iterator[Item]:
    return (parts["order"] for parts in found.orders.values() if "order" in parts)
