"""Having a label for a return: with the customer's address, which goes to the carrier and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ordo.aftersales.books import find_return
from ordo.aftersales.labels import LabelRefused, Labels, LabelWanted
from ordo.aftersales.model import Return, words_slot
from ordo.aftersales.sending import Send, label_failed, send_back
from ordo.catalog.return_policies import ReturnPolicy
from ordo.orders.desk import OrderDesk
from ordo.orders.errors import ClaimTaken
from ordo.orders.model import SYSTEM, OrderState, order_of
from ordo.shipments.waiting import WaitingStore

PICKUP_AFTER = timedelta(hours=24)
"""The parcel is fetched from so long after it was approved on."""
USUAL_WEIGHT_G = 1_000
"""Of a product whose weight nobody has said."""

Accounts = Callable[[str], Labels]
"""By the name of a carrier account; raises `LabelRefused` when there is none."""


@dataclass(frozen=True, slots=True)
class LabelDesk:
    """The order's desk, the carriers' accounts, the channel's policy, and products' weights in grams by SKU."""

    desk: OrderDesk
    store: WaitingStore
    accounts: Accounts
    policy: Callable[[str], ReturnPolicy]
    weights: Callable[[str, tuple[str, ...]], Mapping[str, int]]

    def fetch(self, return_id: str) -> None:
        """Have the label and take its number up; what the carrier refuses is kept with the return.

        Raises `LabelUnavailable`, and may then be called again: the same label is had.
        """
        state = self.desk.repository.load(order_of(return_id))
        found = find_return(state, return_id)
        account = found.terms.label_account or ""
        try:
            label = self.accounts(account).order(self._wanted(state, found, account))
        except LabelRefused as refused:
            self.give_up(return_id, refused.code)
            return
        carrier = account.partition("/")[0]
        kept = self.desk.repository.contact(found.order_id, words_slot(return_id)) or {}
        command = Send(
            return_id,
            carrier,
            label.tracking_number,
            found.way,
            cost=label.cost if label.currency == state.header.currency else None,
            personal={**kept, "label_url": label.url},
        )
        try:
            self.desk.change(found.order_id, send_back(command), actor=SYSTEM)
        except ClaimTaken:
            self.give_up(return_id, "number_taken")
            return
        self.store.make_due(carrier, label.tracking_number, self.desk.now())

    def give_up(self, return_id: str, code: str) -> None:
        """No label can be had, for the carrier's reason of this code."""
        self.desk.change(order_of(return_id), label_failed(return_id, code), actor=SYSTEM)

    def _wanted(self, state: OrderState, found: Return, account: str) -> LabelWanted:
        contact = self.desk.repository.contact(found.order_id) or {}
        place: Mapping[str, Any] = contact.get("ship_to") or {}
        address = self.policy(state.header.channel).address
        if not place or not address or not account:
            raise LabelRefused("no_address")
        person = {name: contact[name] for name in ("name", "phone") if contact.get(name)}
        weights = self.weights(state.header.channel, tuple(line.sku for line in found.lines))
        grams = sum(line.quantity * weights.get(line.sku, USUAL_WEIGHT_G) for line in found.lines)
        pickup = self.desk.now() + PICKUP_AFTER if found.way == "pickup" else None
        return LabelWanted(found.return_id, {**place, **person}, address, grams, pickup)
