"""Verify orders from outside: the chain here, files and anchor by the API; of all orders the anchors themselves too."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from ordo.orders.anchors import verify_anchors
from ordo.orders.verification import Finding, verify_chain
from tools.api import Api
from tools.target import Target
from tools.timeline import timeline_of


@dataclass(frozen=True)
class Verdict:
    """What was found of one order, and what it was compared with."""

    order_id: str
    events: int
    head_hash: str
    files: int
    anchor: dict[str, Any] | None
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        findings = [asdict(each) for each in self.findings]
        return {**asdict(self), "findings": findings, "verified": not findings}


@dataclass
class Report:
    """What was found of all orders. `anchors` are findings about the anchors themselves."""

    orders: int = 0
    files: int = 0
    broken: list[Verdict] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.broken and not self.anchors

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        broken = [each.as_json() for each in self.broken]
        return {"orders": self.orders, "files": self.files, "broken": broken, "anchors": self.anchors}


class BucketAnchors:
    """The `Anchors` of a deployed stack, read with the caller's own rights."""

    def __init__(self, there: Target) -> None:
        self._s3, self._bucket = there.aws.s3, there.name("AnchorsBucket")

    def get(self, key: str) -> bytes | None:
        """An object's bytes; None when there is none."""
        try:
            return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return None

    def keys(self, after: str, limit: int) -> list[str]:
        """Keys behind a text, in order."""
        page = self._s3.list_objects_v2(Bucket=self._bucket, StartAfter=after, MaxKeys=limit)
        return [each["Key"] for each in page.get("Contents", ())]


def verify_one(api: Api, order_id: str) -> Verdict:
    """Compare what is stored of an order; raises `Refused` when the key may not see it or there is none.

    The chain is checked here too: the answer of the API is not taken on trust.
    """
    answer = api.get(f"/v1/orders/{order_id}/timeline", verify="true")
    timeline = timeline_of(answer)
    told = [Finding(each["kind"], each["detail"], each["seq"], each["subject"]) for each in answer["findings"]]
    own = verify_chain(timeline.events, timeline.head_seq, timeline.head_hash)
    found = tuple(dict.fromkeys((*told, *own)))
    return Verdict(order_id, len(timeline.events), timeline.head_hash, answer["files"], answer["anchor"], found)


def verify_all(there: Target, api: Api) -> Report:
    """Every order of the Orders table and every order that an anchor names, and the anchors themselves.

    Reads the whole table and all anchors: for an audit, not for every day.
    """
    store = BucketAnchors(there)
    report = Report(anchors=verify_anchors(store))
    stored = _stored(there)
    for order_id in sorted(each for each, has_header in stored.items() if has_header):
        verdict = verify_one(api, order_id)
        report.orders += 1
        report.files += verdict.files
        report.broken += [verdict] if verdict.findings else []
    anchored = _anchored(store)
    for order_id in sorted({*stored, *anchored}):
        if not stored.get(order_id):
            known = f"an anchor knows {anchored[order_id]} events of it" if order_id in anchored else "parts are left"
            gone = Finding("removed", f"the order's header is gone: {known}", None, order_id)
            report.broken.append(Verdict(order_id, 0, "", 0, None, (gone,)))
    return report


def _stored(there: Target) -> dict[str, bool]:
    """Every order of which anything is left, and whether its header is."""
    found: dict[str, bool] = {}
    request: dict[str, Any] = {
        "TableName": there.name("OrdersTable"),
        "FilterExpression": "begins_with(pk, :order)",
        "ExpressionAttributeValues": {":order": {"S": "ord_"}},
        "ProjectionExpression": "pk, sk",
        "ConsistentRead": True,
    }
    for page in there.aws.dynamodb.get_paginator("scan").paginate(**request):
        for item in page["Items"]:
            order_id = item["pk"]["S"]
            found[order_id] = found.get(order_id, False) or item["sk"]["S"] == "order"
    return found


def _anchored(store: BucketAnchors) -> dict[str, int]:
    """The last number that an anchor knows of each order."""
    found: dict[str, int] = {}
    after = "heads/"
    while page := store.keys(after, 1000):
        for key in page:
            if key.startswith("heads/"):
                for order_id, (seq, _) in _heads(store, key).items():
                    found[order_id] = max(seq, found.get(order_id, 0))
        after = page[-1]
    return found


def _heads(store: BucketAnchors, key: str) -> dict[str, tuple[int, str]]:
    heads: dict[str, tuple[int, str]] = json.loads(store.get(key) or b"{}").get("heads", {})
    return heads
