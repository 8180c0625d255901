"""Links to the courier's page as the API gives them."""

from __future__ import annotations

from datetime import datetime

from pydantic import ConfigDict

from ordo.kernel.frozen import Closed, Model
from ordo.shipments.schemas import TrackingNumber


class LinkQuery(Closed):
    """Of which parcel; without one the link is of all of the shipment's."""

    tracking_number: TrackingNumber | None = None


class SigningLinkView(Model):
    """`path` is below the API's address. `tracking_numbers` are the parcels that are still to be proven by it.

    Whoever has the link sees the receiver's name and address and may prove the delivery, until `valid_until`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "shipment_id": "shp_01KJPRZB01D57H6QYJ6F1ZQNZ7_1",
                "path": "/sign/AZyoHTUAu8mK9T8utckGJwBQKwABAAB-KCzBUpQZV0pXgX_jwBKwSo",
                "valid_until": "2026-03-17T00:00:00Z",
                "tracking_numbers": ["SF1234567890"],
            }
        }
    )

    shipment_id: str
    path: str
    valid_until: datetime
    tracking_numbers: list[str]
