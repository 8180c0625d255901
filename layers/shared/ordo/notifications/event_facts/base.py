"""What every event may tell beside its own facts, and how it is written."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ORDER_STATUSES = Literal[
    "placed", "released", "in_fulfilment", "partially_shipped", "shipped", "delivered", "completed", "cancelled"
]
PAYMENT_STATUSES = Literal[
    "unpaid", "authorised", "part_paid", "paid", "part_refunded", "refunded", "failed", "payable_later"
]
MOMENT = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", description="UTC, milliseconds")


class PromiseTold(BaseModel):
    """How the order stands to its promise after the event, if that has changed, and the later day that was said."""

    model_config = ConfigDict(extra="allow")

    state: Literal["on_time", "jeopardy", "late"] | None = None
    deliver_by: str | None = Field(default=None, description="the day that holds now")
    reason: (
        Literal[
            "sent_late",
            "slow_way",
            "taken_late",
            "carrier",
            "attempt_failed",
            "exception",
            "moving_late",
            "slow_parcel",
            "sourced_again",
        ]
        | None
    ) = Field(default=None, description="why a later day was said; absent when none was")


class EtaTold(BaseModel):
    """When a shipment comes. `likely` and `by`, as nine of ten come, are there while it is `expected`."""

    model_config = ConfigDict(extra="allow")

    state: Literal["expected", "overdue", "pickup", "stopped", "arrived"]
    likely: str | None = None
    by: str | None = None
    basis: Literal["own", "default", "carrier"] = Field(
        description="own deliveries, a table or the promise, or what the carrier said"
    )
    samples: int | None = Field(default=None, description="of how many own deliveries")
    why: str
    way: str = Field(description="the lane and day, the row, or `promise`")


class Facts(BaseModel):
    """What an event tells beside the state of its order. Absent altogether when `data_omitted`."""

    model_config = ConfigDict(extra="allow")

    promise: PromiseTold | None = None
    promise_kept: bool | None = Field(default=None, description="of the event with which all of it had come")
