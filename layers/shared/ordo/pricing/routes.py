"""What the routes of pricing ask of a caller."""

from __future__ import annotations

from collections.abc import Mapping

from ordo.pricing.quote_schemas import QuoteRequest
from ordo.runtime.http import Caller


def may_ask(caller: Caller, carts: Mapping[str, QuoteRequest]) -> Caller:
    """The caller, if the key may have these carts priced; they are by the pointer to where they are in the body.

    Raises `channel_not_allowed`, or `missing_scope` where a cart has discounts by staff and the key may give none.
    """
    for where, cart in carts.items():
        caller.require_channel(cart.channel, f"{where}/channel")
        if cart.manual_discounts:
            caller.require_scope("prices:override")
    return caller
