"""Figures of carriers' ways in the Catalog table, and what a run of `measure_transit` reads of orders.

`transit#<carrier>`: `table` (the merchant's, a catalogue document), `figures`, and `samples#<since>` for ninety days;
`transit` / `measured` is how far the last run came.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from ordo.catalog.documents import Document, Kind
from ordo.catalog.model import Node
from ordo.catalog.transit_terms import ANY_CARRIER, TransitTable
from ordo.kernel.clock import Clock, system_clock
from ordo.orders.layout import HEADER_SK
from ordo.orders.model import OrderState
from ordo.runtime import dynamo
from ordo.runtime.dynamo import Delete, Put
from ordo.runtime.packing import pack, unpack
from ordo.shipments.measuring import Head, Measured, Receipt, Samples
from ordo.shipments.patiences import CarrierPatiences, Documents
from ordo.shipments.transit import Figures, Ways

SCHEMA = 1
FIGURES, SAMPLES = "figures", "samples#"
_STATE = ("transit", "measured")
CACHED = timedelta(minutes=10)
"""Figures change once a night and tables seldom: so long they are used again."""
BATCH = 100


def transit_pk(carrier: str) -> str:
    """Partition of all that is kept of a carrier."""
    return f"transit#{carrier}"


class DynamoTransit:
    """The `TransitStore` and `TransitReader` of production, in the Catalog table."""

    def __init__(self, table: str) -> None:
        self._table = table

    def figures(self, carrier: str) -> Figures | None:
        found = dynamo.batch_get([(self._table, transit_pk(carrier), FIGURES)])
        return Figures.model_validate(unpack(found[0]["packed"])) if found else None

    def last(self) -> Measured:
        item = dynamo.get_item(self._table, *_STATE, consistent=True)
        return Measured.model_validate(item) if item else Measured()

    def keep_samples(self, samples: Samples) -> None:
        self._put(transit_pk(samples.carrier), SAMPLES + samples.since, {"packed": _packed(samples)})

    def samples(self, carrier: str) -> list[Samples]:
        bounds: dict[str, Any] = {"sk_from": SAMPLES, "sk_to": SAMPLES + "~", "consistent": True}
        items = dynamo.query_all(self._table, transit_pk(carrier), **bounds)
        return [Samples.model_validate(unpack(item["packed"])) for item in items]

    def forget_samples(self, carrier: str, since: str) -> None:
        dynamo.write(Delete(self._table, transit_pk(carrier), SAMPLES + since))

    def keep_figures(self, figures: Figures) -> None:
        self._put(transit_pk(figures.carrier), FIGURES, {"packed": _packed(figures)})

    def finish(self, measured: Measured) -> None:
        self._put(*_STATE, {"until": measured.until, "carriers": list(measured.carriers)})

    def _put(self, pk: str, sk: str, fields: dict[str, Any]) -> None:
        dynamo.write(Put(self._table, {"pk": pk, "sk": sk, "schema": SCHEMA, **fields}))


def _packed(value: Samples | Figures) -> bytes:
    return pack(value.model_dump(mode="json"))


class TransitCatalog(Protocol):
    """What roads are made from of the catalogue (`CatalogRepository` has it)."""

    def get_many(self, kind: Kind, document_ids: Iterable[str]) -> dict[str, Document]: ...
    def load_nodes(self, now: datetime) -> tuple[Node, ...]: ...


class CatalogRoads:
    """The `Roads` of production: what was read is used for ten minutes, also that there is nothing."""

    def __init__(self, catalog: TransitCatalog, table: str) -> None:
        self._catalog, self._transit = catalog, DynamoTransit(table)
        self._lock = threading.Lock()
        self._ways: dict[str, tuple[datetime, Ways]] = {}
        self._zones: tuple[datetime, dict[str, str]] | None = None

    def ways(self, carrier: str, now: datetime) -> Ways:
        """See `Roads`."""
        with self._lock:
            kept = self._ways.get(carrier)
            if kept is None or not _fresh(kept[0], now):
                kept = self._ways[carrier] = (now, self._read(carrier))
            return kept[1]

    def weekday(self, node_id: str, now: datetime) -> int:
        """See `Roads`."""
        with self._lock:
            if self._zones is None or not _fresh(self._zones[0], now):
                self._zones = (now, _zones(self._catalog.load_nodes(now)))
            zone = self._zones[1].get(node_id)
        return (now.astimezone(ZoneInfo(zone)) if zone else now).weekday()

    def _read(self, carrier: str) -> Ways:
        found = self._catalog.get_many(Kind.TRANSIT, dict.fromkeys((carrier, ANY_CARRIER)))
        tables = {name: TransitTable.of(name, each.body) for name, each in found.items()}
        usual = tables.get(ANY_CARRIER) or TransitTable(ANY_CARRIER)
        return Ways(self._transit.figures(carrier), tables.get(carrier), usual)


def _fresh(read_at: datetime, now: datetime) -> bool:
    return read_at <= now < read_at + CACHED


def _zones(nodes: Iterable[Node]) -> dict[str, str]:
    return {node.node_id: node.terms.hours.zone for node in nodes if node.terms.hours}


class DynamoDeliveries:
    """The `Deliveries` of production; `receipts` are the outbox's, `load` the desk's."""

    def __init__(
        self, table: str, receipts: Callable[[str], Iterator[Receipt]], load: Callable[[str], OrderState]
    ) -> None:
        self._table, self._receipts, self._load = table, receipts, load

    def receipts(self, since: str) -> Iterator[Receipt]:
        """See `Deliveries`."""
        return self._receipts(since)

    def heads(self, order_ids: Iterable[str]) -> Iterator[Head]:
        """See `Deliveries`: a hundred in a call, half a read unit for each."""
        ids = iter(order_ids)
        while chunk := list(islice(ids, BATCH)):
            for item in dynamo.batch_get([(self._table, order_id, HEADER_SK) for order_id in chunk]):
                yield item["pk"], item.get("delivered_at"), int(item["units"].get("delivered", 0))

    def load(self, order_id: str) -> OrderState:
        """See `Deliveries`."""
        return self._load(order_id)


def patiences_in(documents: Documents, table: str, clock: Clock = system_clock) -> CarrierPatiences:
    """Patience with carriers, by the documents and the figures of this Catalog table."""
    return CarrierPatiences(documents, DynamoTransit(table), clock)
