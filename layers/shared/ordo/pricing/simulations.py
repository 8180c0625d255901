"""Trying a promotion on carts: reads the catalogue, stores nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import cast

from ordo.catalog.documents import CatalogRepository, Document, Kind, read_entity
from ordo.catalog.errors import InvalidDocument, refuse_findings
from ordo.catalog.fields import NameText, WarningText
from ordo.catalog.promotion_references import check_references
from ordo.catalog.promotion_schemas import PromotionDocument
from ordo.catalog.promotions import Promotion
from ordo.catalog.put_warnings import warnings_of
from ordo.catalog.rewards import GiftReward
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.kernel.clock import Clock
from ordo.kernel.errors import Code, NotFound, OrdoError, pointing_into
from ordo.pricing.buyers import OrderHistory, buyer_of
from ordo.pricing.quote_schemas import QuoteRequest
from ordo.pricing.quotes import check_texts
from ordo.pricing.simulation import Simulated, as_tested, simulate, snapshot_with
from ordo.pricing.simulation_schemas import SimulationRequest, SimulationView
from ordo.pricing.simulation_views import simulated_view, sum_views

BUDGET_S = 15
"""Seconds after which no further cart is begun: of the 25 that the function has one large cart may take some."""


@dataclass(frozen=True, slots=True)
class Simulating:
    """What a simulation is made from. `clock` tells how long it takes."""

    catalog: CatalogRepository
    history: OrderHistory
    clock: Clock

    def simulate(
        self, promotion_id: str, request: SimulationRequest, now: datetime, *, costs: bool = False
    ) -> SimulationView:
        """Price every cart with the promotion and without it; `costs`: with margins.

        Raises `NotFound` for a promotion that is neither stored nor sent, what a PUT of it would raise (pointing into
        `promotion`), what pricing raises (pointing into the cart), and `too_many_lines` when time runs out.
        """
        document = self._document(promotion_id, request.promotion)
        stored = cast(Promotion, read_entity(document))
        tested = as_tested(stored, respect_validity=request.respect_validity)
        found = list(self._carts(request.carts, tested, now))
        told = [
            WarningText(code=each.code, pointer=each.pointer, text=NameText.model_validate(asdict(each)["text"]))
            for each in warnings_of(self.catalog, document, now)
        ]
        return SimulationView(
            promotion_id=promotion_id,
            version=document.version,
            is_draft=request.promotion is not None,
            warnings=told,
            carts=[simulated_view(each, costs=costs) for each in found],
            sums=sum_views(found, costs=costs),
        )

    def _document(self, promotion_id: str, draft: PromotionDocument | None) -> Document:
        stored = self.catalog.get(Kind.PROMOTION, promotion_id)
        if draft is None:
            if stored is None:
                raise NotFound("There is no promotion of this id.")
            return stored
        with pointing_into("/promotion"):
            if draft.promotion_id not in (None, promotion_id):
                raise InvalidDocument("The body names another id than the path.", pointer="/promotion_id")
            refuse_findings(draft.findings())
            check_references(self.catalog, draft.body())
        return Document(Kind.PROMOTION, promotion_id, 1 + (stored.version if stored else 0), draft.body())

    def _carts(self, carts: Sequence[QuoteRequest], tested: Promotion, now: datetime) -> Iterator[Simulated]:
        snapshots = self._snapshots(carts, tested, now)
        buyers = _AskedOnce(self.catalog, self.history)
        for place, request in enumerate(carts):
            snapshot = snapshots[request.channel]
            self._in_time(now, place)
            with pointing_into(f"/carts/{place}"):
                buyer = buyer_of(request.customer.customer_id, snapshot_with(snapshot, tested), buyers, buyers)
                yield simulate(request.to_cart(buyer), snapshot, tested, now)
                check_texts(request, snapshot)

    def _in_time(self, begun: datetime, place: int) -> None:
        if (self.clock() - begun).total_seconds() > BUDGET_S:
            raise OrdoError(
                "These carts take longer to price than the API waits; send fewer at once.",
                code=Code.TOO_MANY_LINES,
                pointer=f"/carts/{place}",
                facts={"priced_carts": place, "limit_seconds": BUDGET_S},
            )

    def _snapshots(self, carts: Sequence[QuoteRequest], tested: Promotion, now: datetime) -> dict[str, CatalogSnapshot]:
        """By channel, all that the carts and the promotion need: one read each."""
        gifts = tested.reward.skus if isinstance(tested.reward, GiftReward) else ()
        found = {}
        for channel in dict.fromkeys(cart.channel for cart in carts):
            own = [cart for cart in carts if cart.channel == channel]
            skus = [*(line.sku for cart in own for line in cart.lines), *gifts]
            coupons = [code for cart in own for code in cart.coupons]
            found[channel] = self.catalog.load_snapshot(
                channel, list(dict.fromkeys(skus)), list(dict.fromkeys(coupons)), now
            )
        return found


class _AskedOnce:
    """Customers' segments and histories, each read once for all carts."""

    def __init__(self, catalog: CatalogRepository, history: OrderHistory) -> None:
        self.load_buyer_segment = cache(catalog.load_buyer_segment)
        self.has_ordered = cache(history.has_ordered)
