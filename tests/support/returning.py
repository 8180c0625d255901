"""An order that has come, in memory, for tests of returns: two TEE from hz, a TEE and a MUG from sh, 100.00 each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ordo.aftersales.claiming import Remedies
from ordo.aftersales.deciding import Decided, DecideReturn, decide_return
from ordo.aftersales.model import Return
from ordo.aftersales.receiving import Desk, Receive, Received, Unannounced, receive
from ordo.aftersales.requesting import RequestReturn, Units, request_return
from ordo.aftersales.sending import Send, send_back
from ordo.catalog.return_policies import ReturnPolicy
from ordo.inventory.errors import OutOfStock
from ordo.inventory.layout import in_layout
from ordo.inventory.model import MAIN, StockCounter, empty
from ordo.kernel.clock import to_iso
from ordo.orders.accounts import Accounts
from ordo.orders.adding import NewLine, Sourced
from ordo.orders.decision import Claim
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.model import SYSTEM, Actor, OrderState
from ordo.pricing.model import PricedCart
from ordo.shipments.model import LineQuantity
from tests.support.changing import NoPromotions, means_for
from tests.support.orders import ORDER, priced
from tests.support.troubles import Journey, NodeSearch

CUSTOMER = Actor(type="customer", id="shop")
ANA = Actor(type="staff", id="ana")
ALONE = ReturnPolicy(automatic={"CNY": 1_000_000})
"""Everything within fourteen days is approved at once."""


@dataclass
class Shelves:
    """Goods for exchanges: every SKU costs what `prices` say (else 100.00) and comes from where it is."""

    repository: InMemoryOrderRepository
    prices: dict[str, int] = field(default_factory=dict)

    def price(self, state: OrderState, lines: Sequence[NewLine], *_: Any) -> PricedCart:
        return replace(priced([("hz", [(each.line_id, each.sku, each.quantity) for each in lines])], self.prices))

    def source(self, state: OrderState, lines: Sequence[LineQuantity], _a: Any, _b: Any, now: datetime) -> Sourced:
        found = NodeSearch(self.repository)(state, now, lines)
        if found.unsourced:
            raise OutOfStock([{"line_id": each.line_id} for each in found.unsourced])
        moment = to_iso(now)
        return Sourced(found.parts, found.plan or {}, moment, moment)


@dataclass
class Returns(Journey):
    """`policy` is the channel's; change it before something is asked for."""

    policy: ReturnPolicy = field(default_factory=lambda: ALONE)
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        accounts = Accounts(self.repository, NoPromotions())
        self.goods = Shelves(self.repository)
        goods: Any = self.goods
        self.asks = Remedies(replace(means_for(self.repository, elsewhere=self.elsewhere), goods=goods))
        self.receiving = Desk(accounts, self.shelf)

    def shelf(self, sku: str, node: str) -> list[StockCounter]:
        main = self.repository.counters.get((sku, node, MAIN)) or empty((sku, node, MAIN))
        keys = [(sku, node, bucket) for bucket in in_layout(main.layout)]
        return [self.repository.counters.get(key) or empty(key) for key in keys]

    def come(self) -> Returns:
        """Everything has left and has come."""
        self.sent()
        for number in ("HZ1", "SH1"):
            self.tell("delivered", number)
        return self

    def ask(self, *units: tuple[str, int], reason: Any = "too_small", **fields: Any) -> Return:
        """The customer asks for units of lines to come back."""
        asked = {"outcome": "refund", "policy": self.policy, "classes": self.classes, **fields}
        command = RequestReturn(tuple(Units(*each) for each in units), reason, **asked)
        return self._written(request_return(command), CUSTOMER)

    def choose(self, decided: Decided, found: Return | None = None, by: Actor = ANA, **fields: Any) -> Return:
        """Somebody decides about the last return, or the one that is given."""
        chosen = found or self.returned
        command = DecideReturn(chosen.return_id, decided, by.id, **fields)
        return self._written(decide_return(command, self.asks), by, chosen)

    def approved(self, *units: tuple[str, int], **fields: Any) -> Return:
        """Asked for and approved by the policy."""
        return self.choose("approve", self.ask(*units, **fields), SYSTEM)

    def post(
        self, number: str = "BACK1", found: Return | None = None, carrier: str = "generic", source: Any = "own"
    ) -> Return:
        """The customer has sent it with a carrier of their own, or a label was had for it."""
        chosen = found or self.returned
        command = Send(chosen.return_id, carrier, number, source, under_way=source == "own")
        return self._written(send_back(command), CUSTOMER, chosen)

    def count(
        self,
        *units: tuple[str | None, int],
        found: Return | None = None,
        complete: bool = False,
        node: str = "hz",
        condition: Any = "as_new",
        disposition: Any = "restock",
        claim: Any = None,
        **fields: Any,
    ) -> Return:
        """A node counts and inspects units of lines, all in the same condition."""
        chosen = found or self.returned
        received = tuple(
            Received(quantity, condition, disposition, line, sku=None if line else "OTHER", **fields)
            for line, quantity in units
        )
        command = Receive(chosen.return_id, node, received, complete, "wms", claim=claim)
        return self._written(receive(command, self.receiving), ANA, chosen)

    def drop_in(self, *units: tuple[str, int], condition: Any = "as_new", disposition: Any = "restock") -> Return:
        """Goods come that nobody announced."""
        received = tuple(Received(quantity, condition, disposition, line) for line, quantity in units)
        command = Receive(None, "hz", received, True, "wms", Unannounced(self.policy, self.classes))
        return self._written(receive(command, self.receiving), ANA)

    def _written(self, decide: Any, actor: Actor, found: Return | None = None) -> Return:
        changed = self.desk.change(ORDER, decide, actor=actor)
        self.world.wait(seconds=1)
        written: Iterable[Any] = changed.decision.records if changed.decision else ()
        mine = [each for each in written if isinstance(each, Return)]
        return mine[0] if mine else self.state.returns[found.return_id if found else self.returned.return_id]

    @property
    def returned(self) -> Return:
        """The last return, as it is now."""
        return list(self.state.returns.values())[-1]

    @property
    def due(self) -> int:
        """What is to be paid back, in minor units."""
        return self.header.funds.refund_due


def claim_of(name: str) -> Any:
    """A key's claim, for commands that are sent twice."""
    return lambda return_id, _version: Claim("idem", ("shop", name), {"return_id": return_id})
