"""A customer's contact details: normalised, and checked against what the channel asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ordo.catalog.errors import ContactRequired, InvalidEmail, InvalidPhone

MAX_EMAIL = 254
"""Octets of an address that SMTP can carry (RFC 5321, 4.5.3.1.3, less the angle brackets)."""

_EMAIL = r"[^\s@<>()\[\]\\,;:\"]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])"
"""A local part without quotes or spaces, and a domain of labels whose last is no number; compiled at its first use."""


class ContactField(StrEnum):
    """What a channel can ask of a customer."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Contact:
    """Name as given without outer spaces, phone as E.164, e-mail with a lower-case domain. Personal data."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


def normalise_contact(
    name: str | None,
    phone: str | None,
    email: str | None,
    *,
    country: str,
    required: Iterable[ContactField] = (),
    pointer: str = "/customer",
) -> Contact:
    """The contact in its one form. `country` (ISO 3166 alpha-2) reads phone numbers without `+`.

    Raises `ContactRequired`, `InvalidPhone` or `InvalidEmail`, pointing below `pointer`; none repeats what was given.
    """
    contact = Contact(
        name=(name or "").strip() or None,
        phone=normalise_phone(phone, country, f"{pointer}/phone") if phone and phone.strip() else None,
        email=normalise_email(email, f"{pointer}/email") if email and email.strip() else None,
    )
    require_contact((each for each in ContactField if getattr(contact, each.value) is not None), required, pointer)
    return contact


def require_contact(given: Iterable[str], required: Iterable[ContactField], pointer: str = "/customer") -> None:
    """Check which details were given against those that a channel requires; raises `ContactRequired` for the first."""
    missing = sorted(set(required) - set(map(ContactField, given)))
    if missing:
        raise ContactRequired(
            f"This channel needs the customer's {missing[0].value}.",
            pointer=f"{pointer}/{missing[0].value}",
            facts={"missing": [each.value for each in missing]},
        )


def normalise_phone(phone: str, country: str, pointer: str = "/customer/phone") -> str:
    """E.164 (`+8613800000000`) of a number as people of `country` write it, or of an international one."""
    import phonenumbers  # 100 ms of import that only those who take contacts should pay

    try:
        number = phonenumbers.parse(phone, country.upper())
    except phonenumbers.NumberParseException:
        raise _not_a_phone(country, pointer) from None
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise _not_a_phone(country, pointer)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalise_email(email: str, pointer: str = "/customer/email") -> str:
    """The address with its domain in lower case; the local part is the receiver's own business and stays."""
    text = email.strip()
    if len(text.encode()) > MAX_EMAIL or not re.fullmatch(_EMAIL, text) or ".." in text:
        raise InvalidEmail("This is not an e-mail address.", pointer=pointer)
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def _not_a_phone(country: str, pointer: str) -> InvalidPhone:
    return InvalidPhone(
        f"This is not a phone number of {country} or an international one.", pointer=pointer, facts={"country": country}
    )
