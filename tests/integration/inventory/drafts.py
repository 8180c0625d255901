"""An example draft as price_order leaves it, and the example events of the two steps made from it.

`python -m tests.integration.inventory.drafts` writes the events anew (after a change of the draft's form).
"""

from __future__ import annotations

import json
import os
from typing import Any

from moto import mock_aws

from ordo.orders.placement import DraftLine, DraftTerms, PlacementDraft, pack_draft
from ordo.pricing.model import PricedCart, PricedLine, Shipping, Totals, Trace, UnitRun
from ordo.runtime import clients
from ordo.runtime.seal import seal

ORDER = "ord_01KJM1TD80QF4RNX9Z5TTWJ1H7"
SHIP_TO: dict[str, Any] = {
    "country": "CN",
    "region": "浙江省",
    "city": "杭州市",
    "line1": "文三路 1 号",
    "postal_code": "310000",
    "location": {"lat": 30.30, "lon": 120.20},
}
LINES = (("1", "PHONE-256-BLUE", 2), ("2", "BUDS-BLUE", 1), ("3", "CASE", 1))


def priced(lines: tuple[tuple[str, str, int], ...]) -> PricedCart:
    """A price for the lines: each unit is 100.00 yuan."""
    return PricedCart(
        currency="CNY",
        price_list="cny",
        tax_mode="inclusive",
        lines=tuple(
            PricedLine(
                line_id=line_id,
                sku=sku.split("-")[0],
                stock_sku=sku,
                name={"en": sku},
                options={},
                quantity=quantity,
                list_price=10000,
                price=10000,
                tax_class="standard",
                tax_rate_percent="0",
                adjustments=(),
                runs=(UnitRun(quantity, 10000, (), 10000, 0, 10000),),
            )
            for line_id, sku, quantity in lines
        ),
        shipping=Shipping(0, 0, 0),
        totals=Totals(sum(q for _, _, q in lines) * 10000, 0, 0, 0, sum(q for _, _, q in lines) * 10000),
        trace=Trace(),
    )


def draft(
    lines: tuple[tuple[str, str, int], ...] = LINES,
    *,
    channel: str = "web",
    ship_to: dict[str, Any] | None = None,
    max_fulfilments: int = 0,
    stock: dict[str, dict[str, int]] | None = None,
) -> PlacementDraft:
    """A priced draft; needs the stack's secret for the envelope."""
    personal = {"contact": {"name": "示例顾客"}, "ship_to": ship_to or SHIP_TO}
    return PlacementDraft(
        order_id=ORDER,
        client_id="shop",
        idempotency_key="key-1",
        body_hash="0" * 64,
        channel=channel,
        currency="CNY",
        country="CN",
        lines=tuple(DraftLine(line_id=i, sku=sku.split("-")[0], quantity=q) for i, sku, q in lines),
        sealed=seal(personal, ORDER),
        terms=DraftTerms(max_fulfilments=max_fulfilments),
        priced=priced(lines),
        catalog_read_at="2026-03-01T12:00:00.000Z",
        stock=stock,
    )


def write_examples() -> None:
    """Write events/steps/check_stock.json and allocate_order.json."""
    from tests.integration.inventory.conftest import ENVIRONMENT, EXAMPLES

    os.environ.update(ENVIRONMENT)
    with mock_aws():
        clients.forget()
        clients.client("secretsmanager").create_secret(Name="ordo", SecretString=json.dumps({"key": "example" * 9}))
        seen = {sku: {"hz": 5, "sh": 9} for _, sku, _ in LINES}
        for name, each in {"check_stock": draft(), "allocate_order": draft(stock=seen)}.items():
            event = {"draft": pack_draft(each), "attempt": 0}
            (EXAMPLES / "steps" / f"{name}.json").write_text(json.dumps(event, indent=2) + "\n")


if __name__ == "__main__":
    write_examples()
