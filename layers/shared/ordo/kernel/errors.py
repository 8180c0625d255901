"""The closed set of what can be refused: codes with HTTP status and title, and the exceptions that carry them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Any


class Code(Enum):
    """Every problem code of the API: (code, HTTP status, title). Clients branch on the code, never on the text."""

    INVALID_REQUEST = ("invalid_request", 422, "The request is not valid")
    MALFORMED_BODY = ("malformed_body", 400, "The body is not readable JSON")
    BODY_TOO_LARGE = ("body_too_large", 413, "The body is too large")
    BODY_TOO_DEEP = ("body_too_deep", 400, "The body is nested too deeply")
    INVALID_QUANTITY = ("invalid_quantity", 422, "The quantity is not a whole number within the limits")
    TOO_MANY_LINES = ("too_many_lines", 422, "The order has too many lines")
    UNAUTHENTICATED = ("unauthenticated", 401, "No valid API key was given")
    FORBIDDEN = ("forbidden", 403, "The API key may not do this")
    MISSING_SCOPE = ("missing_scope", 403, "The API key lacks a scope")
    CHANNEL_NOT_ALLOWED = ("channel_not_allowed", 403, "The API key is not bound to this channel")
    NOT_FOUND = ("not_found", 404, "There is no such thing here")
    LINK_EXPIRED = ("link_expired", 410, "The link has expired")
    METHOD_NOT_ALLOWED = ("method_not_allowed", 405, "This route has no such method")
    INVALID_CURSOR = ("invalid_cursor", 400, "The cursor is not one of ours for these filters")
    IDEMPOTENCY_KEY_MISSING = ("idempotency_key_missing", 400, "An Idempotency-Key header is required")
    IDEMPOTENCY_KEY_REUSED = ("idempotency_key_reused", 422, "The idempotency key was used with another body")
    EXTERNAL_ID_TAKEN = ("external_id_taken", 409, "Another order of this channel has this external id")
    UNKNOWN_CHANNEL = ("unknown_channel", 422, "There is no such channel")
    UNKNOWN_CURRENCY = ("unknown_currency", 422, "The currency is unknown or not sold in here")
    CURRENCY_MISMATCH = ("currency_mismatch", 422, "Two currencies do not match")
    UNKNOWN_SKU = ("unknown_sku", 422, "There is no such product")
    NOT_FOR_SALE = ("not_for_sale", 422, "The product is not sold in this channel or currency")
    INVALID_OPTION = ("invalid_option", 422, "An option is missing, unknown or an impossible combination")
    INVALID_COUPON = ("invalid_coupon", 422, "The coupon cannot be used")
    DISCOUNT_NOT_ALLOWED = ("discount_not_allowed", 422, "The discount is above what staff may give here")
    UNKNOWN_SHIPPING_METHOD = ("unknown_shipping_method", 422, "There is no such way to ship the order there")
    COUPON_USED_UP = ("coupon_used_up", 409, "The coupon was used as often as it may")
    COUPON_LIMIT_BELOW_USED = ("coupon_limit_below_used", 409, "More uses of the coupon were taken already")
    CONTACT_REQUIRED = ("contact_required", 422, "The channel requires a contact detail")
    INVALID_PHONE = ("invalid_phone", 422, "The phone number is not valid")
    INVALID_EMAIL = ("invalid_email", 422, "The e-mail address is not valid")
    OUT_OF_STOCK = ("out_of_stock", 409, "Not enough stock for the whole order")
    NO_NODE = ("no_node", 409, "No node can fulfil the order")
    STOCK_MOVEMENT_REFUSED = ("stock_movement_refused", 409, "The movement would take more than is available")
    LOTS_SHORT = ("lots_short", 409, "The lots that may be picked do not have these units")
    TOO_MANY_LOTS = ("too_many_lots", 409, "More lots than one commit can take from")
    SUPPLY_REFUSED = ("supply_refused", 409, "The supply cannot be changed so")
    MOVEMENT_REUSED = ("movement_reused", 422, "The movement id was used with another movement")
    RESERVATION_NOT_ALLOWED = ("reservation_not_allowed", 422, "The channel offers no reservations")
    RESERVATION_LIMIT = ("reservation_limit", 409, "The customer has reserved as much as may be reserved")
    RESERVATION_ENDED = ("reservation_ended", 409, "The reservation has ended")
    VERSION_CONFLICT = ("version_conflict", 409, "The order has moved on")
    NOT_ALLOWED_NOW = ("not_allowed_now", 409, "The order's state does not allow this")
    ORDER_ON_HOLD = ("order_on_hold", 409, "The order is on hold")
    UNKNOWN_LINE = ("unknown_line", 422, "The order has no such line")
    REFUND_EXCEEDS_PAID = ("refund_exceeds_paid", 409, "More is asked back than can still be refunded")
    PARTIAL_RETURN_FORBIDDEN = ("partial_return_forbidden", 409, "A promotion forbids to return only a part")
    TENDERS_DO_NOT_ADD_UP = ("tenders_do_not_add_up", 422, "The tenders or parts do not come to the price")
    PAYMENT_REQUIRED = ("payment_required", 409, "A part of the price that is due before this is not paid")
    PAYMENT_REUSED = ("payment_reused", 422, "The payment reference was reported with other facts")
    TRACKING_NUMBER_TAKEN = ("tracking_number_taken", 409, "Another shipment has this tracking number")
    ALREADY_PROVEN = ("already_proven", 409, "The parcel's delivery is proven already")
    FILE_MISSING = ("file_missing", 422, "A file that is named was not uploaded")
    FILE_NOT_ACCEPTED = ("file_not_accepted", 422, "A file is too large, or not of an accepted type")
    SIGNATURE_INVALID = ("signature_invalid", 401, "The webhook's signature does not verify")
    UNKNOWN_CARRIER = ("unknown_carrier", 404, "There is no such carrier account")
    BUSY = ("busy", 503, "Too many others at the same moment; try again")
    UNAVAILABLE = ("unavailable", 503, "Ordo could not finish this; try again")
    INTERNAL = ("internal", 500, "Ordo failed")

    def __init__(self, code: str, status: int, title: str) -> None:
        self.code = code
        self.status = status
        self.title = title

    @staticmethod
    def of(code: str) -> Code:
        """The member for a wire code such as `out_of_stock`; raises `KeyError` for others."""
        return _BY_CODE[code]


_BY_CODE: dict[str, Code] = {member.code: member for member in Code}


class OrdoError(Exception):
    """A refusal with a closed code. `pointer` is a JSON pointer (RFC 6901) into the request body, `""` for the whole.

    `facts` is what a client needs to act on (short lines, missing scope); it must be JSON and hold no personal data.
    `errors` has all refusals of the same request, this one too, when there is more than one.
    """

    code: Code = Code.INVALID_REQUEST
    errors: tuple[OrdoError, ...] = ()

    def __init__(
        self,
        detail: str,
        *,
        pointer: str | None = None,
        facts: Mapping[str, Any] | None = None,
        code: Code | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        self.facts = dict(facts or {})
        self.code = code or type(self).code
        self.retry_after_s = retry_after_s


@contextmanager
def pointing_into(part: str) -> Iterator[None]:
    """Refusals that are raised in here point into this part of the body (a JSON pointer)."""
    try:
        yield
    except OrdoError as error:
        for each in {id(one): one for one in (error, *error.errors)}.values():
            each.pointer = None if each.pointer is None else part + each.pointer
        raise


class NotFound(OrdoError):
    """What was named does not exist (or is not visible to this client, which must look the same)."""

    code = Code.NOT_FOUND


class NotAllowedNow(OrdoError):
    """The order's state forbids the command; the detail says why."""

    code = Code.NOT_ALLOWED_NOW


class Busy(OrdoError):
    """Others were quicker for longer than the time budget: nothing was written, try again later."""

    code = Code.BUSY

    def __init__(self, detail: str = "Too many concurrent writers; nothing was changed.") -> None:
        super().__init__(detail, retry_after_s=2)


class Conflict(Exception):
    """Another writer was quicker, or a table is throttled: nothing was written; the same write may be tried again."""


class WorkflowBroken(Exception):
    """A workflow failed, timed out or gave no answer: whether it committed is not known."""


class UnknownCurrency(OrdoError):
    """Not a currency of ISO 4217 with a minor unit, or not one that the channel sells in."""

    code = Code.UNKNOWN_CURRENCY

    def __init__(self, currency: str, pointer: str | None = None) -> None:
        super().__init__(f"Unknown currency {currency!r}.", pointer=pointer, facts={"currency": currency})


class CurrencyMismatch(OrdoError):
    """Amounts of two currencies met where one was needed."""

    code = Code.CURRENCY_MISMATCH

    def __init__(self, expected: str, actual: str, pointer: str | None = None) -> None:
        super().__init__(f"Expected {expected}, got {actual}.", pointer=pointer)
