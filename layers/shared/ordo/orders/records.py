"""How records stand in an order's partition: their sort keys, and what makes each small or findable."""

from __future__ import annotations

from typing import Any

from ordo.aftersales.model import Return
from ordo.casework.signals import case_key
from ordo.kernel.shards import shard_of
from ordo.orders.addition import OrderAddition
from ordo.orders.incident import Incident
from ordo.orders.model import OrderChange, Record
from ordo.orders.posting import Posting
from ordo.payments.instruction import PaymentInstruction
from ordo.payments.model import Payment
from ordo.shipments.claim_model import CarrierClaim
from ordo.shipments.model import WORKABLE, Fulfilment, Shipment
from ordo.shipments.proof_model import Proof
from ordo.shipments.report_model import DamageReport

_PACKED = {
    "fulfilment": "lines",
    "shipment": "parcels",
    "change": "preview",
    "incident": "lines",
    "parcel_claim": "lines",
    "posting": "booking",
    "order_addition": "priced",
    "return": "units",
}
"""The one attribute of each kind that grows with the order; repositories keep it packed."""

_MODELS: dict[str, type[Record]] = {
    "fulfilment": Fulfilment,
    "shipment": Shipment,
    "payment": Payment,
    "instruction": PaymentInstruction,
    "change": OrderChange,
    "incident": Incident,
    "proof": Proof,
    "parcel_claim": CarrierClaim,
    "report": DamageReport,
    "posting": Posting,
    "order_addition": OrderAddition,
    "return": Return,
}


def kind_of(record: Record) -> str:
    """`fulfilment`, `shipment`, `payment`, `change`, `incident`, `proof`, `parcel_claim`, `report`, `posting`,
    `order_addition`, `return` or `instruction`.
    """
    return next(kind for kind, model in _MODELS.items() if isinstance(record, model))


def sort_key(record: Record) -> str:
    """`<kind>#<id>`."""
    kind = kind_of(record)
    return f"{kind}#{getattr(record, f'{kind}_id')}"


def packed_field(kind: str) -> str | None:
    """The attribute that is stored packed, if the kind has one."""
    return _PACKED.get(kind)


def index_keys(record: Record) -> dict[str, Any]:
    """Attributes of sparse indexes: of `by_node` only work that a node still has, and open incidents of their owner; of
    `by_standing` all open incidents and returns, for who looks whether each is carried.
    """
    if isinstance(record, Fulfilment) and record.state in WORKABLE:
        return {
            "node_key": f"{record.node_id}#{record.state}",
            "node_sort": f"{record.created_at}#{record.fulfilment_id}",
        }
    if isinstance(record, Incident) and record.is_open:
        return {
            "node_key": owner_key(record.owner),
            "node_sort": f"{record.deadline}#{record.incident_id}",
            **_as_case("incident", record.incident_id, record.opened_at),
        }
    if isinstance(record, Return) and record.is_open:
        return _as_case("return", record.return_id, record.requested_at)
    return {}


def _as_case(kind: str, case_id: str, since: str) -> dict[str, str]:
    return {"standing_key": case_key(kind, shard_of(case_id)), "placed_key": f"{since}#{case_id}"}


def owner_key(owner: str) -> str:
    """Where an owner's open incidents stand in the index. No node is called so: its id has no `@`."""
    return f"@{owner}#incident"


def read_record(kind: str, fields: dict[str, Any]) -> Record:
    """A record from its stored fields."""
    return _MODELS[kind].model_validate(fields)


def is_record(sort: str) -> bool:
    """Whether a sort key is that of a record."""
    return sort.partition("#")[0] in _MODELS
