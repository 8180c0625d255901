"""Promotion documents of every form, as hypothesis makes them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Json = st.SearchStrategy[dict[str, Any]]

IDS = st.sampled_from(["A", "B", "C-1", "D_2"])
CURRENCIES = st.sampled_from(["CNY", "USD", "JPY", "KWD"])
AMOUNTS = st.dictionaries(CURRENCIES, st.integers(1, 100_000), min_size=1, max_size=3)
PRICES = st.dictionaries(CURRENCIES, st.integers(0, 100_000), min_size=1, max_size=3)
PERCENTS = st.sampled_from(["0", "0.5", "10", "12.5", "33.333333", "99.99", "100"])
COUNTS = st.integers(0, 6)
UNITS = st.integers(1, 6)
JUDGED = st.sampled_from(["left", "original"])
PER = st.sampled_from(["order", "line", "unit"])
PICK = st.sampled_from(["cheapest", "dearest", "first"])
RANGES = st.fixed_dictionaries({}, optional={"from": st.integers(0, 900), "to": st.integers(0, 900)})


def some(required: dict[str, Any], **optional: st.SearchStrategy[Any]) -> Json:
    return st.fixed_dictionaries(required, optional=optional)


SELECTIONS = some(
    {},
    skus=st.lists(IDS, max_size=3),
    categories=st.lists(IDS, max_size=2),
    not_skus=st.lists(IDS, max_size=3),
    not_categories=st.lists(IDS, max_size=2),
    unit_price=st.dictionaries(CURRENCIES, RANGES, max_size=2),
    on_sale=st.booleans(),
)


def _conditions(kind: str, at_least: st.SearchStrategy[Any]) -> Json:
    return some({"type": st.just(kind), "at_least": at_least}, of=SELECTIONS, judged=JUDGED, per_line=st.booleans())


CONDITIONS: Json = st.one_of(_conditions("subtotal", AMOUNTS), _conditions("quantity", st.integers(1, 200_000)))
VALUES: Json = st.one_of(
    st.fixed_dictionaries({"percent": PERCENTS}),
    st.fixed_dictionaries({"amounts": AMOUNTS}),
    st.fixed_dictionaries({"prices": PRICES}),
)
LIMITS: dict[str, st.SearchStrategy[Any]] = {
    "per": PER,
    "max_units": COUNTS,
    "max_units_per_line": COUNTS,
    "groups_of": UNITS,
    "pick": PICK,
    "cap": AMOUNTS,
    "includes_shipping": st.booleans(),
}
REPEATS: dict[str, st.SearchStrategy[Any]] = {"every": AMOUNTS, "every_units": COUNTS, "times": COUNTS}
OF_LINES = st.one_of(
    some({"type": st.just("percent"), "percent": PERCENTS}, **LIMITS),
    some({"type": st.just("amount"), "amounts": AMOUNTS}, **LIMITS, **REPEATS),
    some({"type": st.just("price"), "prices": PRICES}, **LIMITS),
)
TIERS = st.lists(
    st.fixed_dictionaries({"at_least": st.one_of(AMOUNTS, UNITS), "reward": OF_LINES}), min_size=1, max_size=4
)
PARTS = some({"quantity": UNITS}, of=SELECTIONS)
BY = st.sampled_from(["subtotal", "quantity"])
REWARDS: Json = st.one_of(
    OF_LINES,
    some({"type": st.just("tiers"), "by": BY, "tiers": TIERS}, of=SELECTIONS, judged=JUDGED),
    some({"type": st.just("override"), "value": VALUES}),
    some({"type": st.just("buy_get"), "buy": PARTS, "get": PARTS, "value": VALUES}, pick=PICK, times=COUNTS),
    some(
        {"type": st.just("nth"), "every": st.integers(2, 6), "value": VALUES},
        count=UNITS,
        pick=PICK,
        groups=st.sampled_from(["across", "ascending", "descending"]),
        times=COUNTS,
    ),
    some(
        {"type": st.just("set"), "parts": st.lists(PARTS, min_size=1, max_size=3), "value": VALUES},
        per=PER,
        pick=PICK,
        times=COUNTS,
    ),
    some(
        {"type": st.just("gift"), "sku": IDS},
        quantity=UNITS,
        options=st.just({"size": "M"}),
        out_of_stock=st.sampled_from(["skip", "refuse"]),
        substitutes=st.lists(IDS, max_size=3),
        **REPEATS,
    ),
    some({"type": st.just("shipping"), "value": VALUES}, methods=st.lists(IDS, max_size=2)),
    some({"type": st.just("fixed"), "amounts": AMOUNTS}),
    some({"type": st.just("threshold"), "thresholds": AMOUNTS, "amounts": AMOUNTS}, per_every=st.booleans()),
)
REGIONS = st.lists(some({"country": st.sampled_from(["CN", "DE"])}, region=st.just("浙江省")), max_size=2)
POLICIES = st.one_of(
    st.sampled_from(["keep", "claw_back", "forbid_partial"]),
    some({"type": st.sampled_from(["keep", "claw_back"])}, shortfall=st.sampled_from(["carry", "charge"])),
)
DOCUMENTS: Json = some(
    {"name": st.just({"en": "Name"}), "reward": REWARDS},
    state=st.sampled_from(["draft", "active", "paused", "ended"]),
    time_zone=st.just("Asia/Shanghai"),
    valid_from=st.sampled_from(["2026-06-01T00:00:00+08:00", "2026-06-18T00:00:00Z", "2026-07-01T00:00:00Z"]),
    channels=st.lists(st.sampled_from(["web", "app"]), max_size=2, unique=True),
    segments=st.lists(IDS, max_size=2),
    regions=REGIONS,
    first_order_only=st.booleans(),
    requires_coupon=st.booleans(),
    scope=SELECTIONS,
    conditions=st.lists(CONDITIONS, max_size=3),
    priority=st.integers(-2, 2),
    exclusive=st.booleans(),
    group=IDS,
    base=JUDGED,
    consumes=st.booleans(),
    return_policy=POLICIES,
)
