"""Refusals of fulfilment work and of carriers' pushes."""

from __future__ import annotations

from ordo.kernel.errors import Code, NotFound, OrdoError


class FulfilmentNotFound(NotFound):
    """No such fulfilment, or not one of the caller's channels."""

    def __init__(self, fulfilment_id: str) -> None:
        super().__init__(f"There is no fulfilment {fulfilment_id}.")


class ParcelsWrong(OrdoError):
    """The parcels do not hold exactly the fulfilment's units; the pointer says where."""


class TrackingNumberTaken(OrdoError):
    """The carrier's number belongs to another shipment."""

    code = Code.TRACKING_NUMBER_TAKEN


class StockNotThere(OrdoError):
    """The counters say that the node does not have what it wants to dispatch; somebody must count."""

    code = Code.STOCK_MOVEMENT_REFUSED


class SignatureInvalid(OrdoError):
    """The push was not signed with a secret of this carrier within the last five minutes, or was changed."""

    code = Code.SIGNATURE_INVALID


class UnknownCarrier(OrdoError):
    """No secret is kept for a carrier of this name."""

    code = Code.UNKNOWN_CARRIER

    def __init__(self, carrier: str) -> None:
        super().__init__(f"There is no carrier account {carrier!r}.")


class ShipmentNotFound(NotFound):
    """No such shipment, or not one of the caller's channels."""

    def __init__(self, shipment_id: str) -> None:
        super().__init__(f"There is no shipment {shipment_id}.")


class AlreadyProven(OrdoError):
    """The parcel has a proof that this one contradicts."""

    code = Code.ALREADY_PROVEN


class FileMissing(OrdoError):
    """What is named was not uploaded for this order, or so long ago that it is gone."""

    code = Code.FILE_MISSING


class FileNotAccepted(OrdoError):
    """The upload is too large, or its bytes are not of the type that it claims."""

    code = Code.FILE_NOT_ACCEPTED
