"""A shop of these tests' own on the run's embedded cloud, and what needs time: it begins with the first test."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from ordo.kernel.clock import system_clock, to_iso
from tests.support.cloud import Cloud
from tests.support.stage import on_the_cloud
from tests.support.stripe_server import KEY, SECRET, StripeServer, stripe_server
from tests.support.verbs import Json, Shop

CHANNELS = {"e2e": 30, "e2e-hasty": 1}
"""With the minutes that a customer has to pay."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for the schedule is looked at last, so that nobody waits for it."""
    items.sort(key=lambda item: item.path.name == "test_cloud_deadlines.py")


@pytest.fixture(scope="session")
def shop(cloud: Cloud) -> Iterator[Shop]:
    """Sells in the channel `e2e`; its key has every scope there and in no other channel but the hasty one."""
    with on_the_cloud(cloud, *CHANNELS) as stage:
        for channel, minutes in CHANNELS.items():
            policy = {"price_lists": {"CNY": "cny-retail"}, "payment_deadline_minutes": minutes, "completion_days": 1}
            tax = {"mode": "inclusive", "rate_percent": "13"}
            cloud.api.put(f"/v1/channels/{channel}", {**policy, "tax": tax, "required_contact": ["name", "phone"]})
        yield Shop(stage, "e2e")


@pytest.fixture(scope="session")
def stripe(cloud: Cloud) -> Iterator[StripeServer]:
    """The run's only Stripe: functions keep the account, and with it the address, for minutes."""
    with stripe_server() as server:
        account = {"stripe": {"key": KEY, "webhook_secrets": SECRET, "address": server.address}}
        name = cloud.name("PaymentSecret")
        cloud.aws.secretsmanager.put_secret_value(SecretId=name, SecretString=json.dumps(account))
        yield server


@pytest.fixture
def sku() -> str:
    """A name that no product has yet."""
    return f"E2E-{uuid.uuid4().hex[:8].upper()}"


@dataclass(frozen=True)
class Waiting:
    """Orders that wait for the schedule: one for its money, one (delivered) for its end."""

    sku: str
    unpaid: Json
    delivered: Json


@pytest.fixture(scope="session", autouse=True)
def waiting(cloud: Cloud, shop: Shop) -> Waiting:
    """Placed with the first test of this folder. The delivered one's last day is taken as gone by."""
    sku = shop.sells(f"E2E-WAIT-{shop.stage.run}", {"hangzhou": 5})
    unpaid = shop.places(shop.asks_for((sku, 2, {}), external_id="unpaid") | {"channel": "e2e-hasty"})
    delivered = shop.places(shop.asks_for((sku, 1, {}), external_id="delivered"))
    shop.pays(delivered)
    shop.sends(shop.works("hangzhou", delivered), "WAIT")
    shop.carrier_says("WAIT", "delivered")
    gone_by = to_iso(system_clock() - timedelta(seconds=1))
    cloud.aws.dynamodb.update_item(
        TableName=cloud.name("OrdersTable"),
        Key={"pk": {"S": delivered["order_id"]}, "sk": {"S": "order"}},
        UpdateExpression="SET deadline_at = :gone, deadlines.completion = :gone",
        ConditionExpression="attribute_exists(deadlines.completion)",
        ExpressionAttributeValues={":gone": {"S": gone_by}},
    )
    return Waiting(sku, unpaid, delivered)
