"""Which adapter speaks with which carrier. A module is imported when its carrier first pushes, and not before."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from ordo.shipments.carriers.port import Adapter

OPEN = "standard_webhooks"
"""The adapter of every carrier that is not in the table and signs as the Standard Webhooks specification says."""

ADAPTERS = {
    "17track": "seventeen_track",
    "aftership": "aftership",
    "dhl_unified": "dhl_unified",
    "easypost": "easypost",
    "fedex": "fedex",
    "kdniao": "kdniao",
    "kuaidi100": "kuaidi100",
    "sendcloud": "sendcloud",
    "sf_express": "sf_express",
    "ship24": "ship24",
    "shipengine": "shipengine",
    "shippo": "shippo",
    "standard_webhooks": OPEN,
    "ups": "ups",
}
"""By the carrier's name in the path; the modules of this folder."""


@cache
def adapter_of(carrier: str) -> Adapter:
    """The adapter of a carrier."""
    module = import_module(f"ordo.shipments.carriers.{ADAPTERS.get(carrier, OPEN)}")
    return cast(Adapter, module)
