"""Whose damage it is: a table over facts, first row that fits. The table is a channel's policy; the rule is pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

Noted = Literal["at_door", "later"]


class Verdict(StrEnum):
    """Who answers for the damage."""

    TRANSIT = "transit"
    PRODUCT = "product"
    CUSTOMER = "customer"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the records say. None: they do not.

    `noted` when the damage was said first; `condition` of the parcel at its delivery; `packing_photo` whether one shows
    how it was packed; `days` whole days from the delivery to the report; `lot_returns` other returns of its lot.
    """

    noted: Noted
    condition: str | None
    packing_photo: bool
    days: int | None
    lot_returns: int | None

    def to_dict(self) -> dict[str, Any]:
        """By name."""
        return {name: getattr(self, name) for name in FACTS}


FACTS = ("noted", "condition", "packing_photo", "days", "lot_returns")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what must hold (what is None is not asked), the verdict, and the reason in words by language.

    `outside`: whether the parcel was not intact at its delivery. A fact that is not known fits no row that asks for it.
    """

    row_id: str
    verdict: Verdict
    reason: Mapping[str, str]
    noted: Noted | None = None
    outside: bool | None = None
    packing_photo: bool | None = None
    min_days: int | None = None
    max_days: int | None = None
    min_lot_returns: int | None = None
    max_lot_returns: int | None = None

    def fits(self, facts: Facts) -> bool:
        """Whether everything that it asks for is so."""
        outside = None if facts.condition is None else facts.condition != "intact"
        return (
            self.noted in (None, facts.noted)
            and self.outside in (None, outside)
            and self.packing_photo in (None, facts.packing_photo)
            and _within(facts.days, self.min_days, self.max_days)
            and _within(facts.lot_returns, self.min_lot_returns, self.max_lot_returns)
        )

    def asked(self) -> tuple[str, ...]:
        """The facts that it asks for."""
        asks = {
            "noted": self.noted is not None,
            "condition": self.outside is not None,
            "packing_photo": self.packing_photo is not None,
            "days": (self.min_days, self.max_days) != (None, None),
            "lot_returns": (self.min_lot_returns, self.max_lot_returns) != (None, None),
        }
        return tuple(name for name, is_asked in asks.items() if is_asked)

    @staticmethod
    def of(row: Mapping[str, Any]) -> Row:
        """Read a stored row."""
        return Row(row["row_id"], Verdict(row["verdict"]), row["reason"], **row.get("when", {}))


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, the row that gave it (None: no row fits), why in words, and the facts that it was asked for."""

    verdict: Verdict
    row_id: str | None
    reason: Mapping[str, str]
    used: Mapping[str, Any] = field(default_factory=dict)


NO_ROW = {
    "en": "The records do not say enough to decide; somebody must look.",
    "zh": "记录不足以判定责任，需要人工核查。",
}


def judge(facts: Facts, table: Sequence[Row]) -> Judgement:
    """The first row that fits; `undecided` when none does."""
    row = next((each for each in table if each.fits(facts)), None)
    if row is None:
        return Judgement(Verdict.UNDECIDED, None, NO_ROW, facts.to_dict())
    return Judgement(row.verdict, row.row_id, row.reason, {name: getattr(facts, name) for name in row.asked()})


def table_of(stored: Sequence[Mapping[str, Any]] | None) -> tuple[Row, ...]:
    """A channel's table, or the usual one."""
    return USUAL if not stored else tuple(map(Row.of, stored))


def _within(value: int | None, least: int | None, most: int | None) -> bool:
    if least is None and most is None:
        return True
    return value is not None and (least is None or value >= least) and (most is None or value <= most)


USUAL: tuple[Row, ...] = (
    Row(
        "door_and_lot",
        Verdict.UNDECIDED,
        {
            "en": "The parcel was not intact at the door, but its lot also came back three times or more: both may be "
            "the cause.",
            "zh": "包裹签收时外观异常，但同批次已有三次以上退货，两者都可能是原因，需要人工核查。",
        },
        outside=True,
        min_lot_returns=3,
    ),
    Row(
        "lot",
        Verdict.PRODUCT,
        {
            "en": "Three or more other units of the same lot came back: the lot is at fault.",
            "zh": "同批次已有三次以上退货，判定为商品质量问题。",
        },
        min_lot_returns=3,
    ),
    Row(
        "outside_packed_well",
        Verdict.TRANSIT,
        {
            "en": "The parcel was not intact when it was handed over, and a photo shows how it left.",
            "zh": "签收时包裹外观异常，且有出库打包照片，判定为运输责任。",
        },
        outside=True,
        packing_photo=True,
    ),
    Row(
        "outside_not_photographed",
        Verdict.UNDECIDED,
        {
            "en": "The parcel was not intact when it was handed over, but no photo shows that it was packed well.",
            "zh": "签收时包裹外观异常，但没有打包照片，无法区分运输与包装责任，需要人工核查。",
        },
        outside=True,
        packing_photo=False,
    ),
    Row(
        "inside_packed_well",
        Verdict.TRANSIT,
        {
            "en": "Noted at the door inside an intact parcel, and a photo shows that it was whole when it was packed.",
            "zh": "签收当场发现损坏，包裹外观完好，打包照片显示出库时完好，判定为运输责任。",
        },
        noted="at_door",
        outside=False,
        packing_photo=True,
    ),
    Row(
        "inside_not_photographed",
        Verdict.PRODUCT,
        {
            "en": "Noted at the door inside an intact parcel, and nothing shows that it was whole when it was packed.",
            "zh": "签收当场发现损坏，包裹外观完好，且没有打包照片证明出库时完好，判定为商品责任。",
        },
        noted="at_door",
        outside=False,
        packing_photo=False,
    ),
    Row(
        "soon_not_photographed",
        Verdict.PRODUCT,
        {
            "en": "Reported within 2 days of an intact delivery, and nothing shows that it was whole when packed.",
            "zh": "完好签收后 2 天内报告，且没有打包照片证明出库时完好，判定为商品责任。",
        },
        noted="later",
        outside=False,
        packing_photo=False,
        max_days=2,
    ),
    Row(
        "soon_packed_well",
        Verdict.UNDECIDED,
        {
            "en": "Reported within 2 days of an intact delivery, and it was whole when it was packed: it may have "
            "happened on the way or afterwards.",
            "zh": "完好签收后 2 天内报告，打包时完好，可能发生在途中或签收之后，需要人工核查。",
        },
        noted="later",
        outside=False,
        packing_photo=True,
        max_days=2,
    ),
    Row(
        "late_packed_well",
        Verdict.CUSTOMER,
        {
            "en": "Reported more than 2 days after an intact delivery, and it was whole when it was packed.",
            "zh": "完好签收超过 2 天后才报告，且打包时完好，判定为顾客责任。",
        },
        noted="later",
        outside=False,
        packing_photo=True,
        min_days=3,
    ),
    Row(
        "late_not_photographed",
        Verdict.UNDECIDED,
        {
            "en": "Reported more than 2 days after an intact delivery, but nothing shows that it was whole when it was "
            "packed.",
            "zh": "完好签收超过 2 天后才报告，但没有打包照片，需要人工核查。",
        },
        noted="later",
        outside=False,
        packing_photo=False,
        min_days=3,
    ),
)
"""The usual table. Every combination of known facts has exactly one row that comes first (a test tries all)."""
