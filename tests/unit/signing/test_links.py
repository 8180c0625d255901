"""Couriers' links: any shipment and parcel comes back, and nothing else opens the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from ordo.signing.links import SIGN_DAYS, SigningLink, ends_at, read, sign
from ordo.tracking.links import LinkExpired, LinkUnknown, read_link, sign_link

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KEYS = [b"k" * 32]
ids = st.builds(
    lambda raw, number: f"shp_{ULID.from_bytes(raw)}_{number}",
    st.binary(min_size=16, max_size=16),
    st.integers(1, 65_535),
)


@given(ids, st.integers(0, 65_535))
def test_what_is_signed_is_read_again_until_its_day_is_over(shipment: str, parcel: int) -> None:
    link = SigningLink(shipment, parcel)
    token = sign(link, NOW, KEYS)
    end = ends_at(token)
    assert (end, read(token, end - timedelta(seconds=1), KEYS)) == (
        datetime(2026, 3, 3, tzinfo=UTC) + timedelta(days=SIGN_DAYS),
        link,
    )
    with pytest.raises(LinkExpired):
        read(token, end, KEYS)


@given(ids, st.integers(0, 60), st.integers(1, 63))
def test_a_changed_letter_makes_it_unknown(shipment: str, at: int, by: int) -> None:
    token = sign(SigningLink(shipment), NOW, KEYS)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    at %= len(token)
    other = token[:at] + letters[(letters.index(token[at]) + by) % 64] + token[at + 1 :]
    with pytest.raises(LinkUnknown):
        read(other, NOW, KEYS)


@given(ids)
def test_purposes_do_not_mix(shipment: str) -> None:
    order = SigningLink(shipment).order_id
    with pytest.raises(LinkUnknown):
        read(sign_link(order, NOW, KEYS), NOW, KEYS)
    with pytest.raises(LinkUnknown):
        read(sign_link(order, NOW, KEYS, "track", 14, (1, 0)), NOW, KEYS)
    with pytest.raises(LinkUnknown):
        read_link(sign(SigningLink(shipment), NOW, KEYS), NOW, KEYS)
