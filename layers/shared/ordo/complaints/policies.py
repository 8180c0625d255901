"""What channels, departments, customers and products say, read from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.complaint_terms import ComplaintTerms
from ordo.catalog.departments import Department
from ordo.catalog.documents import Document, Kind
from ordo.kernel.clock import Clock


class Catalog(Protocol):
    """What is asked of the catalogue (`ordo.catalog.documents.CatalogRepository` has it)."""

    def get(self, kind: Kind, document_id: str) -> Document | None: ...
    def get_many(self, kind: Kind, document_ids: Iterable[str]) -> dict[str, Document]: ...
    def load_channel(self, channel: str, now: datetime) -> ChannelPolicy | None: ...
    def load_buyer_segment(self, customer_id: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class CatalogPolicies:
    """The `Policies` and the `Shop` of production."""

    catalog: Catalog
    clock: Clock

    def terms(self, channel: str) -> ComplaintTerms:
        found = self.catalog.load_channel(channel, self.clock())
        return ComplaintTerms.of(found.complaints if found else None)

    def department(self, department_id: str) -> Department:
        found = self.catalog.get(Kind.DEPARTMENT, department_id)
        return Department.of(department_id, found.body if found else {})

    def segment(self, customer_id: str) -> str | None:
        return self.catalog.load_buyer_segment(customer_id)

    def kinds(self, skus: Iterable[str]) -> frozenset[str]:
        found = self.catalog.get_many(Kind.PRODUCT, sorted(set(skus)))
        return frozenset(str(each.body.get("kind", "goods")) for each in found.values())
