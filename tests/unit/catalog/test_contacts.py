"""Contact details are normalised by country, and asked for by the channel."""

from __future__ import annotations

import pytest

from ordo.catalog.contacts import (
    Contact,
    ContactField,
    normalise_contact,
    normalise_email,
    normalise_phone,
    require_contact,
)
from ordo.catalog.errors import ContactRequired, InvalidEmail, InvalidPhone


@pytest.mark.parametrize(
    ("country", "written", "e164"),
    [
        ("CN", "138 0000 0000", "+8613800000000"),
        ("cn", "+86 138-0000-0000", "+8613800000000"),
        ("GB", "020 7946 0018", "+442079460018"),
        ("US", "(212) 555-2368", "+12125552368"),
        ("DE", "+86 13800000000", "+8613800000000"),
    ],
)
def test_a_phone_is_kept_as_e164_however_people_of_the_country_write_it(country: str, written: str, e164: str) -> None:
    assert normalise_phone(written, country) == e164


@pytest.mark.parametrize(
    "written", ["12345", "call me", "+999 1234", "138000000000000", "+12125552368;ext=4", "1" * 300]
)
def test_what_is_no_phone_number_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(InvalidPhone) as refused:
        normalise_phone(written, "CN")
    assert refused.value.pointer == "/customer/phone"
    assert written not in f"{refused.value.detail}{refused.value.facts}"


def test_a_local_number_of_no_country_is_refused() -> None:
    with pytest.raises(InvalidPhone):
        normalise_phone("138 0000 0000", "ZZ")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Customer@Example.COM", "Customer@example.com"),
        (" a.b+c@mail.example.co.uk ", "a.b+c@mail.example.co.uk"),
        ("顾客@例子.中国", "顾客@例子.中国"),
    ],
)
def test_an_email_keeps_its_local_part_and_lowers_its_domain(written: str, kept: str) -> None:
    assert normalise_email(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "a",
        "a@b",
        "@example.com",
        "a b@example.com",
        "a@exa mple.com",
        "a@-example.com",
        "a@example..com",
        "a" * 250 + "@b.cn",
    ],
)
def test_what_is_no_email_is_refused(written: str) -> None:
    with pytest.raises(InvalidEmail) as refused:
        normalise_email(written)
    assert refused.value.pointer == "/customer/email"


def test_a_channel_gets_what_it_requires() -> None:
    required = frozenset({ContactField.NAME, ContactField.PHONE})
    given = normalise_contact(" 示例顾客 ", "13800000000", "", country="CN", required=required)
    assert given == Contact("示例顾客", "+8613800000000", None)


@pytest.mark.parametrize(
    ("name", "phone", "pointer"),
    [("", "13800000000", "/customer/name"), ("A", None, "/customer/phone"), ("A", "  ", "/customer/phone")],
)
def test_a_missing_detail_is_named_by_its_pointer(name: str, phone: str | None, pointer: str) -> None:
    with pytest.raises(ContactRequired) as refused:
        normalise_contact(name, phone, None, country="CN", required={ContactField.NAME, ContactField.PHONE})
    assert refused.value.pointer == pointer


def test_what_was_given_can_be_checked_without_the_details() -> None:
    require_contact(("name", "email"), {ContactField.EMAIL})
    with pytest.raises(ContactRequired) as refused:
        require_contact(("name",), {ContactField.EMAIL, ContactField.PHONE})
    assert refused.value.facts == {"missing": ["email", "phone"]}
