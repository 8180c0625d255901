"""Patience with carriers, by their documents and what was measured of their own parcels; read where silence is due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from ordo.catalog.documents import Document, Kind
from ordo.kernel.clock import Clock
from ordo.shipments.patience import patience_of
from ordo.shipments.quiet import Patience
from ordo.shipments.transit import TransitReader

KEPT = timedelta(minutes=15)


class Documents(Protocol):
    """What is asked of the catalogue (`ordo.catalog.documents.CatalogRepository` has it)."""

    def get_many(self, kind: Kind, document_ids: Iterable[str]) -> dict[str, Document]:
        """Documents by id."""
        ...


class CarrierPatiences:
    """`ordo.shipments.silence.Patiences` of production; each is kept for a quarter of an hour."""

    def __init__(self, documents: Documents, figures: TransitReader, clock: Clock) -> None:
        self._documents = documents
        self._figures = figures
        self._clock = clock
        self._kept: dict[str, tuple[datetime, Patience]] = {}

    def __call__(self, carrier: str) -> Patience:
        """The patience with a carrier."""
        now = self._clock()
        read_at, known = self._kept.get(carrier, (None, None))
        if read_at is not None and known is not None and timedelta(0) <= now - read_at < KEPT:
            return known
        found = self._documents.get_many(Kind.CARRIER, [carrier]).get(carrier)
        figures = self._figures.figures(carrier)
        patience = patience_of(carrier, found.body if found else None, figures.gaps if figures else None)
        self._kept[carrier] = (now, patience)
        return patience
