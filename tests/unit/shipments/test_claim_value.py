"""What a parcel's units were sold for, told by an oracle that lists every single unit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ordo.pricing.model import PricedLine, UnitRun
from ordo.pricing.part_model import PartShare, PricedPart
from ordo.shipments.claim_value import value_of
from ordo.shipments.model import LineQuantity, Parcel, Shipment

RUNS = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 500)), min_size=1, max_size=4)


def line(line_id: str, runs: list[tuple[int, int]], parts: tuple[PricedPart, ...] = ()) -> PricedLine:
    return PricedLine(
        line_id=line_id,
        sku=line_id,
        stock_sku=line_id,
        name={"en": line_id},
        options={},
        quantity=sum(count for count, _ in runs),
        list_price=0,
        price=0,
        tax_class="standard",
        tax_rate_percent="0",
        adjustments=(),
        runs=tuple(UnitRun(count, price, (), price, 0, price) for count, price in runs),
        parts=parts,
    )


def shipments(parcels: list[dict[str, int]], part: int | None = None) -> dict[str, Shipment]:
    """Each parcel by itself, sent one after the other; the first ids sort last."""
    found = {}
    for place, units in enumerate(parcels):
        lines = tuple(LineQuantity(line_id=each, sku=each, quantity=n, part=part) for each, n in units.items() if n)
        found[f"shp_{99 - place}"] = Shipment(
            shipment_id=f"shp_{99 - place}",
            order_id="o",
            fulfilment_id="f",
            carrier="ups",
            dispatched_at=f"2026-03-{place + 1:02d}T00:00:00.000Z",
            parcels=(Parcel(tracking_number=f"N{place}", lines=lines),),
        )
    return found


@given(RUNS, RUNS, st.data())
def test_parcels_hold_the_units_one_after_the_other_and_all_of_them_together(
    first: list[tuple[int, int]], second: list[tuple[int, int]], data: st.DataObject
) -> None:
    lines = [line("a", first), line("b", second)]
    units = {each.line_id: [run.gross for run in each.runs for _ in range(run.count)] for each in lines}
    left, parcels = {name: len(each) for name, each in units.items()}, []
    while any(left.values()):
        parcel = {name: data.draw(st.integers(0, count)) for name, count in left.items()}
        left = {name: count - parcel[name] for name, count in left.items()}
        parcels.append(parcel)
        if len(parcels) == 6:
            parcels.append(left)
            break
    sent, values = shipments(parcels), []
    for place, parcel in enumerate(parcels):
        expected = sum(units[name].pop(0) for name, count in parcel.items() for _ in range(count))
        values.append(value_of(lines, sent, f"shp_{99 - place}", f"N{place}"))
        assert values[-1] == expected
    assert sum(values) == sum(each.gross for each in lines)


@given(RUNS)
def test_what_is_sent_again_is_worth_the_same(runs: list[tuple[int, int]]) -> None:
    count = sum(units for units, _ in runs)
    sent = shipments([{"a": count}, {"a": count}])
    lines = [line("a", runs)]
    assert value_of(lines, sent, "shp_98", "N1") == value_of(lines, sent, "shp_99", "N0") == lines[0].gross


def test_a_part_of_a_bundle_is_worth_its_share() -> None:
    """Two bundles for 100 and 90: of the part, of which each has two, a unit costs 30 or 31, and 27."""
    part = PricedPart(
        "P", "P", {"en": "P"}, {}, 2, 1, ((PartShare(1, 30, 0), PartShare(1, 31, 0)), (PartShare(2, 27, 0),))
    )
    lines = [line("a", [(1, 100), (1, 90)], (part,))]
    sent = shipments([{"a": 3}, {"a": 1}], part=0)
    assert value_of(lines, sent, "shp_99", "N0") == 30 + 31 + 27
    assert value_of(lines, sent, "shp_98", "N1") == 27


def test_an_unknown_parcel_is_worth_nothing() -> None:
    assert value_of([line("a", [(1, 5)])], shipments([{"a": 1}]), "shp_99", "other") == 0
    assert value_of([], shipments([{"a": 1}]), "shp_99", "N0") == 0
