"""The machine that carries incidents, deployed: it begins with the incident, waits, and ends with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cloud import Cloud
from tests.support.polling import eventually
from tests.support.verbs import Json, Shop

pytestmark = pytest.mark.cloud
WITHIN_S = 60
"""The stream, the bus, the queue and the machine after one another."""


def lost(shop: Shop, sku: str, number: str) -> str:
    """The incident of an order whose parcel is lost."""
    order: Json = shop.places(shop.asks_for((sku, 1, {}), external_id=number))
    shop.pays(order)
    shop.sends(shop.works("hangzhou", order, "pack"), number)
    shop.carrier_says(number, "lost")
    found: str = shop.order(order["order_id"])["incidents"][0]["incident_id"]
    return found


def execution(cloud: Cloud, incident: str) -> dict[str, Any] | None:
    """The incident's execution as Step Functions knows it."""
    machines = cloud.aws.stepfunctions.list_state_machines()["stateMachines"]
    (machine,) = (each["stateMachineArn"] for each in machines if "ResolveIncident" in each["name"])
    listed = cloud.aws.stepfunctions.list_executions(stateMachineArn=machine)["executions"]
    found = [dict(each) for each in listed if each["name"] == incident]
    return found[0] if found else None


def is_(status: str) -> Any:
    return lambda found: found is not None and found["status"] == status


def test_an_incident_is_carried_from_its_opening_to_its_decision(cloud: Cloud, shop: Shop, sku: str) -> None:
    shop.sells(sku, {"hangzhou": 9})
    incident = lost(shop, sku, "inc-1")
    eventually(lambda: execution(cloud, incident), is_("RUNNING"), deadline_s=WITHIN_S)
    path = f"/v1/incidents/{incident}/resolution"
    assert shop.does("POST", path, {"resolution": "reship"})["resolution"] == "reshipped"
    eventually(lambda: execution(cloud, incident), is_("SUCCEEDED"), deadline_s=WITHIN_S)
