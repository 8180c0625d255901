"""Shortages in the Supply table.

`pk = stockevent#<sku>#<node>` is the outbox: `sk = head` (version, seq, low, short_day) arbitrates, `sk = event#000001`
are its events. `pk = requirement#<sku>#<node>` has the open requirement (`sk = open`) and its history (`closed#…`); an
open one is listed at `pk = requirements`, `sk = <node>#<sku>`. `pk = shortage#<sku>#<node>#<date>` are refusals that
were counted (`sk = refused#…`) and lots that were told of (`expired#…`); they go after some days (`gone_after`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ordo.inventory.model import MAIN
from ordo.inventory.requirement_codec import SCHEMA, event_body, requirement_of, requirement_to_dict, watched_of
from ordo.inventory.requirements import Levels, Requirement, Watched
from ordo.inventory.shortages import AlreadyNoted, Save, WatchedChanged
from ordo.inventory.writes import COUNTER_SK, SUMMARY_SK, counter_pk, summary_pk
from ordo.kernel.clock import from_iso
from ordo.runtime.dynamo import (
    Conflict,
    Delete,
    Item,
    Put,
    TransactionRefused,
    Write,
    batch_get,
    get_item,
    query,
    query_all,
    transact,
)
from ordo.runtime.retry import with_jitter

HEAD_SK, OPEN_SK, LIST_PK = "head", "open", "requirements"
REFUSALS_KEPT = timedelta(days=8)


def outbox_pk(sku: str, node: str) -> str:
    """Partition of the stock events of a SKU at a node."""
    return f"stockevent#{sku}#{node}"


def requirement_pk(sku: str, node: str) -> str:
    """Partition of its purchase requirements."""
    return f"requirement#{sku}#{node}"


class DynamoShortages:
    """`ShortageRepository` on DynamoDB. `table` is the Supply table; `budget_s` bounds the wait for other writers."""

    def __init__(self, table: str, budget_s: float = 5.0) -> None:
        self._table = table
        self._budget_s = budget_s

    def levels(self, sku: str, node: str) -> Levels | None:
        """The main counter, and a second read where its layout names more counters."""
        main = get_item(self._table, counter_pk(sku, node), COUNTER_SK, consistent=True)
        if main is None:
            return None
        others = [(self._table, counter_pk(sku, node, bucket), COUNTER_SK) for bucket in other_buckets(main)]
        counters = [main, *(batch_get(others, consistent=True) if others else [])]
        available = sum(each.get("available", 0) for each in counters)
        return Levels(available, main.get("reorder_point"), main.get("reorder_to"))

    def watched(self, sku: str, node: str) -> Watched:
        """The head first: what is read after it may be newer, which its version tells when it is saved."""
        head = get_item(self._table, outbox_pk(sku, node), HEAD_SK, consistent=True)
        opened = get_item(self._table, requirement_pk(sku, node), OPEN_SK, consistent=True)
        return watched_of(sku, node, head or {}, opened)

    def save(self, save: Save) -> None:
        """One transaction: the head under its version, the requirement, its history, the events, the refusal."""
        writes: list[Write] = [self._head(save)]
        if save.once:
            writes.append(self._once(save, *save.once))
        writes += self._requirement(save)
        writes += self._events(save)
        try:
            with_jitter(lambda: transact(writes), on=(Conflict,), budget_s=self._budget_s)
        except TransactionRefused as failed:
            if save.once and 1 in failed.failed:
                raise AlreadyNoted() from failed
            raise WatchedChanged() from failed

    def nodes_of(self, sku: str) -> list[str]:
        """From the summaries."""
        items = query_all(self._table, summary_pk(sku))
        return [item["sk"].removeprefix(SUMMARY_SK) for item in items if item["sk"].startswith(SUMMARY_SK)]

    def listed(self, node: str | None, after: str | None, limit: int) -> tuple[list[Requirement], str | None]:
        """One query for the keys, one read for the requirements; one that was closed meanwhile is left out."""
        bounds: dict[str, Any] = {"sk_from": f"{node}#", "sk_to": f"{node}#~"} if node else {}
        start = {"pk": LIST_PK, "sk": after} if after else None
        page = query(self._table, LIST_PK, limit=limit, start=start, **bounds)
        places = [item["sk"].split("#") for item in page.items]
        items = batch_get([(self._table, requirement_pk(sku, at), OPEN_SK) for at, sku in places], consistent=True)
        found = sorted(map(requirement_of, items), key=lambda each: (each.node, each.sku))
        return found, page.next_key["sk"] if page.next_key else None

    def _head(self, save: Save) -> Put:
        before, after = save.before, save.step.after
        item = {
            "pk": outbox_pk(before.sku, before.node),
            "sk": HEAD_SK,
            "schema": SCHEMA,
            "version": before.version + 1,
            "seq": before.seq + len(save.step.events),
            "low": after.low,
            "short_day": after.short_day,
            "changed_at": save.at,
        }
        if not before.version:
            return Put(self._table, item, "attribute_not_exists(pk)")
        return Put(self._table, item, "version = :version", values={":version": before.version})

    def _once(self, save: Save, day: str, what: str) -> Put:
        pk = f"shortage#{save.before.sku}#{save.before.node}#{day}"
        gone_after = int((from_iso(save.at) + REFUSALS_KEPT).timestamp())
        item = {"pk": pk, "sk": what, "schema": SCHEMA, "at": save.at, "gone_after": gone_after}
        return Put(self._table, item, "attribute_not_exists(pk)")

    def _requirement(self, save: Save) -> list[Write]:
        before, after, closed = save.before, save.step.after.requirement, save.step.closed
        pk, place = requirement_pk(before.sku, before.node), f"{before.node}#{before.sku}"
        writes: list[Write] = []
        if after is not None and after != before.requirement:
            item = {"pk": pk, "sk": OPEN_SK, "schema": SCHEMA, **requirement_to_dict(after)}
            writes.append(Put(self._table, item))
        if after is not None and before.requirement is None:
            writes.append(Put(self._table, {"pk": LIST_PK, "sk": place, "schema": SCHEMA}))
        if closed is not None:
            sk = f"closed#{closed.closed_at}#{closed.requirement_id}"
            writes.append(Put(self._table, {"pk": pk, "sk": sk, "schema": SCHEMA, **requirement_to_dict(closed)}))
        if closed is not None and before.requirement is not None:
            writes += [Delete(self._table, pk, OPEN_SK), Delete(self._table, LIST_PK, place)]
        return writes

    def _events(self, save: Save) -> list[Put]:
        before = save.before
        return [
            Put(
                self._table,
                {
                    "pk": outbox_pk(before.sku, before.node),
                    "sk": f"event#{seq:06d}",
                    "schema": SCHEMA,
                    "body": event_body(before, told, seq, event_id, save.at),
                },
                "attribute_not_exists(pk)",
            )
            for seq, (told, event_id) in enumerate(zip(save.step.events, save.event_ids, strict=True), before.seq + 1)
        ]


def other_buckets(main: Item) -> list[str]:
    """The counters beside the main one that its layout names: general buckets ever kept, and fences by channel."""
    kept = max(int(main.get("kept", 0)), int(main.get("buckets", 0)))
    general = [str(number) for number in range(int(MAIN) + 1, kept)]
    return general + [f"@{channel}" for channel in sorted(main.get("fences") or {})]
