"""An intake with every carrier's account, over a room in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from ordo.kernel.errors import OrdoError
from ordo.orders.model import OrderState
from ordo.shipments.carriers.port import Push
from ordo.shipments.carriers.registry import ADAPTERS
from ordo.shipments.intake import Intake
from ordo.shipments.model import Parcel
from ordo.shipments.service import dispatch_fulfilment
from ordo.shipments.unread import InMemoryUnreadStore
from ordo.shipments.work import Dispatch
from tests.support.pushes import secret_of, signed
from tests.support.shipping import ORDER, first, place
from tests.unit.shipments.conftest import Room

NUMBER = "NR-1"


@dataclass
class Desk:
    """One order whose parcel `NR-1` went with a carrier, and the intake that hears of it."""

    carrier: str
    room: Room = field(default_factory=Room)
    unread: InMemoryUnreadStore = field(default_factory=InMemoryUnreadStore)
    queue: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        place(self.room.repository)
        command = Dispatch(first(), self.carrier, "wms", NUMBER)
        dispatch_fulfilment(self.room.desk, self.room.store, command, lambda _: True)
        self.room.clock.forward(days=3)
        secrets = {carrier: [secret_of(carrier)] for carrier in ADAPTERS}
        self.intake = Intake(self.room.desk, self.room.store, self.queue.append, self.unread, lambda _age: secrets)

    def push(self, body: bytes) -> int:
        """The status of the answer to a signed body."""
        return self.send(signed(self.carrier, body, self.room.clock.now))

    def send(self, push: Push) -> int:
        """The status of the answer to a push as it is."""
        try:
            return self.intake.receive(push).status
        except OrdoError as refused:
            return refused.code.status

    @property
    def state(self) -> OrderState:
        return self.room.repository.load(ORDER)

    @property
    def parcel(self) -> Parcel:
        (shipment,) = self.state.shipments.values()
        return shipment.parcels[0]


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Desk:
    """For the carrier of the test's parameter."""
    return Desk(request.param)
