"""Store credit in DynamoDB, in the Customers table: one account item for each customer and currency arbitrates."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ordo.orders.errors import StaleVersion
from ordo.payments.credit import Booked, CreditAccount, CreditEntry, Grant, Take
from ordo.payments.credit_store import CreditPage, Done
from ordo.runtime import dynamo
from ordo.runtime.dynamo import Put, TransactionRefused, Write

SCHEMA = 1
LONGEST = 200
"""Ids and keys are shorter; DynamoDB refuses keys above 1 KB."""


class DynamoCreditStore:
    """The `CreditStore` of production."""

    def __init__(self, table: str) -> None:
        self._table = table

    def load(self, customer_id: str, currency: str) -> CreditAccount:
        item = dynamo.get_item(self._table, _pk(customer_id), f"account#{currency}", consistent=True)
        if item is None:
            return CreditAccount(customer_id, currency)
        return CreditAccount(customer_id, currency, item["seq"], tuple(_grant(each) for each in item["grants"]))

    def done(self, customer_id: str, key: str) -> Done | None:
        if len(key) > LONGEST:
            return None
        item = dynamo.get_item(self._table, _pk(customer_id), f"key#{key}", consistent=True)
        return Done(_entry(item["entry"]), item["back"]) if item else None

    def commit(self, seq: int, booked: Booked, returns: Done | None = None) -> None:
        account, own = booked.account, booked.entries[-1]
        pk = _pk(account.customer_id)
        item = {"seq": account.seq, "grants": [_plain(asdict(each)) for each in account.grants], "schema": SCHEMA}
        guard = ("seq = :seq", {":seq": seq}) if seq else ("attribute_not_exists(pk)", {})
        writes: list[Write] = [
            Put(self._table, {"pk": pk, "sk": f"account#{account.currency}", **item}, guard[0], values=guard[1]),
            Put(self._table, _done_item(pk, Done(own)), "attribute_not_exists(pk)"),
            *(Put(self._table, _entry_item(pk, account.currency, each)) for each in booked.entries),
        ]
        if returns is not None:
            writes.append(Put(self._table, _done_item(pk, returns)))
        try:
            dynamo.transact(writes)
        except TransactionRefused:
            raise StaleVersion from None

    def entries(self, customer_id: str, currency: str, limit: int, before: int | None = None) -> CreditPage:
        top = f"{before - 1:08d}" if before is not None else "~"
        page = dynamo.query(
            self._table,
            _pk(customer_id),
            sk_from=f"entry#{currency}#",
            sk_to=f"entry#{currency}#{top}",
            forward=False,
            limit=limit,
            consistent=True,
        )
        found = tuple(_entry(item["entry"]) for item in page.items)
        return CreditPage(found, found[-1].number if page.next_key and found else None)


def _pk(customer_id: str) -> str:
    return f"credit#{customer_id}"


def _done_item(pk: str, done: Done) -> dict[str, Any]:
    entry = _plain_entry(done.entry)
    return {"pk": pk, "sk": f"key#{done.entry.key}", "schema": SCHEMA, "entry": entry, "back": done.back}


def _entry_item(pk: str, currency: str, entry: CreditEntry) -> dict[str, Any]:
    sk = f"entry#{currency}#{entry.number:08d}"
    return {"pk": pk, "sk": sk, "schema": SCHEMA, "entry": _plain_entry(entry)}


def _plain_entry(entry: CreditEntry) -> dict[str, Any]:
    return _plain({**asdict(entry), "takes": [_plain(asdict(each)) for each in entry.takes]})


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _grant(fields: dict[str, Any]) -> Grant:
    return Grant(**fields)


def _entry(fields: dict[str, Any]) -> CreditEntry:
    return CreditEntry(**{**fields, "takes": tuple(Take(**each) for each in fields["takes"])})
