"""What the API takes of claims against carriers."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, PositiveInt, StringConstraints

from ordo.catalog.fields import Currency, PositiveAmount
from ordo.kernel.frozen import Closed
from ordo.shipments.claim_model import ClaimReason, RefusedFor
from ordo.shipments.schemas import TrackingNumber

Reference = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._/#-]*$")]
"""A carrier's number of a case: no words, which may name people."""


class ClaimedAmount(Closed):
    """Minor units of the order's currency."""

    amount: PositiveAmount
    currency: Currency


class OpenClaimRequest(Closed):
    """A parcel of the shipment is lost or damaged. Without an amount it is what its units were sold for, or the most
    that the carrier pays by its terms.
    """

    model_config = ConfigDict(
        json_schema_extra={"example": {"tracking_number": "SF1234567890", "reason": "lost"}},
    )

    tracking_number: TrackingNumber
    reason: ClaimReason
    amount: ClaimedAmount | None = None
    incident_id: Annotated[str, StringConstraints(max_length=64)] | None = None
    version: PositiveInt | None = None


class FileClaimRequest(Closed):
    """The carrier has the claim; `reference` is its number of the case."""

    reference: Reference | None = None
    version: PositiveInt | None = None


class AcceptClaimRequest(Closed):
    """The carrier will pay so much; without an amount all of it."""

    amount: ClaimedAmount | None = None
    version: PositiveInt | None = None


class RefuseClaimRequest(Closed):
    """The carrier pays nothing."""

    reason: RefusedFor
    version: PositiveInt | None = None


class RecoverRequest(Closed):
    """The carrier has paid so much more. `final`: it pays no more."""

    amount: ClaimedAmount
    final: Annotated[bool, Field(strict=True)] = False
    version: PositiveInt | None = None
