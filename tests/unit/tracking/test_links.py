"""Links to tracking pages: who cannot sign cannot see, and nothing lasts for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.tracking.links import LinkExpired, LinkUnknown, link_path, read_link, sign_link

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDER = "ord_01KJM1TD80QF4RNX9Z5TTWJ1H7"
KEY, OTHER = b"k" * 32, b"o" * 32


def test_a_link_leads_to_its_order() -> None:
    assert read_link(sign_link(ORDER, NOW, [KEY]), NOW, [KEY]) == ORDER


def test_all_links_of_a_day_are_one_and_fit_into_a_short_message() -> None:
    links = {sign_link(ORDER, NOW + timedelta(hours=hours), [KEY]) for hours in (-12, 0, 11)}
    assert len(links) == 1
    assert len(links.pop()) == 47


@pytest.mark.parametrize(("days", "valid"), [(0, True), (90, True), (91, False), (4000, False)])
def test_a_link_is_valid_for_ninety_days(days: int, valid: bool) -> None:
    token, then = sign_link(ORDER, NOW, [KEY]), NOW + timedelta(days=days)
    if valid:
        assert read_link(token, then, [KEY]) == ORDER
    else:
        with pytest.raises(LinkExpired):
            read_link(token, then, [KEY])


def test_while_a_key_is_replaced_links_of_both_are_good() -> None:
    old, new = sign_link(ORDER, NOW, [KEY]), sign_link(ORDER, NOW, [OTHER, KEY])
    assert old != new
    assert {read_link(token, NOW, [OTHER, KEY]) for token in (old, new)} == {ORDER}
    with pytest.raises(LinkUnknown):
        read_link(old, NOW, [OTHER])


def test_a_link_of_one_purpose_is_none_of_another() -> None:
    token = sign_link(ORDER, NOW, [KEY], purpose="proof")
    assert read_link(token, NOW, [KEY], purpose="proof") == ORDER
    with pytest.raises(LinkUnknown):
        read_link(token, NOW, [KEY])


@given(place=st.integers(0, 46), letter=st.sampled_from("ABCXYZabcxyz0189-_"))
def test_a_link_with_any_letter_changed_is_no_link(place: int, letter: str) -> None:
    token = sign_link(ORDER, NOW, [KEY])
    changed = token[:place] + letter + token[place + 1 :]
    if changed != token:
        with pytest.raises(LinkUnknown):
            read_link(changed, NOW, [KEY])


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(LinkUnknown):
        read_link(text, NOW, [KEY])


def test_an_expired_link_with_a_false_signature_is_unknown_and_not_expired() -> None:
    token = sign_link(ORDER, NOW - timedelta(days=400), [OTHER])
    with pytest.raises(LinkUnknown):
        read_link(token, NOW, [KEY])


def test_a_language_may_be_in_the_address() -> None:
    assert link_path("abc", "zh") == "/track/abc?lang=zh"
    assert link_path("abc") == "/track/abc"
