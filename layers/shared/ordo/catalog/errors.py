"""What the catalogue refuses."""

from __future__ import annotations

from collections.abc import Iterable

from ordo.kernel.errors import Code, OrdoError


def pointer_token(name: str) -> str:
    """Escape one part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


class InvalidOption(OrdoError):
    """An option is missing, unknown, has a value that is not offered, or the combination does not exist."""

    code = Code.INVALID_OPTION


class UnknownChannel(OrdoError):
    """No active channel of that id."""

    code = Code.UNKNOWN_CHANNEL

    def __init__(self, channel: str, pointer: str | None = "/channel") -> None:
        super().__init__(f"There is no active channel {channel!r}.", pointer=pointer, facts={"channel": channel})


class ContactRequired(OrdoError):
    """The channel's policy asks for a contact detail that was not given."""

    code = Code.CONTACT_REQUIRED


class InvalidPhone(OrdoError):
    """Not a phone number of the ship-to country, nor an international one. The number itself is never repeated."""

    code = Code.INVALID_PHONE


class InvalidEmail(OrdoError):
    """Not an e-mail address. The address itself is never repeated."""

    code = Code.INVALID_EMAIL


class StaleDocument(OrdoError):
    """The document was changed since the writer read it; `facts.version` is the present one (0: there is none)."""

    code = Code.VERSION_CONFLICT

    def __init__(self, present: int) -> None:
        super().__init__(
            "The document has another version than the one named.", pointer="/version", facts={"version": present}
        )


class InvalidDocument(OrdoError):
    """A catalogue document contradicts itself or names what does not exist."""

    code = Code.INVALID_REQUEST


Where = tuple[str | int, ...]
"""Names and places that lead to a part of a document."""
Finding = tuple[Where, str]
"""Where a document contradicts itself, and what is wrong there and what to do."""


def refuse_findings(found: Iterable[Finding]) -> None:
    """Raise `InvalidDocument` for the first finding, with all of them in its `errors`; no finding, no refusal."""
    refusals = [InvalidDocument(_sentence(text), pointer=pointer_to(where)) for where, text in found]
    if refusals:
        first = refusals[0]
        first.errors = tuple(refusals) if len(refusals) > 1 else ()
        raise first


def pointer_to(where: Where) -> str:
    """The JSON pointer of a part."""
    return "".join(f"/{pointer_token(str(part))}" for part in where)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


class DocumentTooLarge(OrdoError):
    """The document does not fit into one item of the table."""

    code = Code.BODY_TOO_LARGE

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"The document has {size} bytes; the limit is {limit}.", facts={"limit_bytes": limit, "bytes": size}
        )


class CouponLimitBelowUsed(OrdoError):
    """The new total limit is lower than what was taken already; `facts.used` says how many uses that is."""

    code = Code.COUPON_LIMIT_BELOW_USED

    def __init__(self, used: int, limit: int) -> None:
        super().__init__(
            f"{used} uses were taken already: the limit cannot be {limit}.",
            pointer="/total_limit",
            facts={"used": used, "limit": limit},
        )


class CouponUsedUp(OrdoError):
    """No use is left, of all (`total`) or of this customer's own (`customer`); `place` is that among the coupons."""

    code = Code.COUPON_USED_UP

    def __init__(self, coupon: str, reason: str, place: int) -> None:
        detail = "by this customer as often as it may" if reason == "customer" else "as often as it may"
        super().__init__(
            f"This coupon was used {detail}.",
            pointer=f"/coupons/{place}",
            facts={"coupon": coupon, "reason": reason},
        )
