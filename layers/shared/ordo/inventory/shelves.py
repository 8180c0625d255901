"""A SKU at a node over all its buckets: what a movement changes in each of them. Pure.

Goods that come in go to the main bucket, where orders that wait for them have their place, and to channels' shares.
What goes out is taken where it is free; only a correction goes on to what is reserved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ordo.inventory.backlog import takeable
from ordo.inventory.errors import StockExhausted
from ordo.inventory.layout import ENDED, PLAIN, Layout, fence_of, is_general
from ordo.inventory.model import MAIN, StockCounter, StockMove

MERGE_BELOW = 4
"""Available units for each bucket below which all of them go to the main one: few buckets with little make orders
collect their units from many, and every one more is another counter in their transaction."""

Shelf = Sequence[StockCounter]
"""Every counter of one SKU at one node, the main one among them."""


def main_of(shelf: Shelf) -> StockCounter:
    """The main counter."""
    return next(counter for counter in shelf if counter.bucket == MAIN)


def found_more(shelf: Shelf, quantity: int) -> tuple[StockMove, ...]:
    """Units that were there all the time: in the main bucket from now on."""
    main = main_of(shelf)
    return (StockMove(main.sku, main.node, quantity, 0, corrects=True),)


def incoming(shelf: Shelf, quantity: int) -> tuple[StockMove, ...]:
    """Units that come in. Of what is not owed already each channel with a share gets that of it, rounded down."""
    main = main_of(shelf)
    layout = main.layout or PLAIN
    spare = max(0, quantity + min(0, main.available))
    shares = {
        fence_of(channel): spare * fence.share // 100
        for channel, fence in layout.fences.items()
        if fence.share is not None
    }
    kept = [StockMove(main.sku, main.node, units, 0, bucket=bucket) for bucket, units in shares.items() if units]
    rest = quantity - sum(move.on_hand for move in kept)
    return (StockMove(main.sku, main.node, rest, 0), *kept)


def outgoing(shelf: Shelf, quantity: int, *, corrects: bool = False) -> tuple[StockMove, ...]:
    """Units that go out: free ones of the main bucket, of the others, of channels' last; raises `StockExhausted`.

    What is free in another bucket while the main one owes it to those who wait is theirs. A correction goes on to units
    that are reserved or kept as safety, and refuses only what is nowhere on hand.
    """
    shelf = shelf if corrects else takeable(shelf)
    main = main_of(shelf)
    if len(shelf) == 1:
        _require(main, quantity, main.on_hand if corrects else main.available, corrects)
        return (StockMove(main.sku, main.node, -quantity, 0, corrects=corrects),)
    ordered = sorted(shelf, key=lambda each: (each.bucket != MAIN, not is_general(each.bucket), each.bucket))
    taken: dict[str, int] = {}
    left = quantity
    for counter in ordered:
        taken[counter.bucket] = min(left, max(0, counter.available))
        left -= taken[counter.bucket]
    for counter in ordered if corrects else ():
        more = min(left, max(0, counter.on_hand - taken[counter.bucket]))
        taken[counter.bucket] += more
        left -= more
    if left:
        _require(main, quantity, sum(max(0, each.on_hand if corrects else each.available) for each in shelf), corrects)
    return tuple(
        StockMove(main.sku, main.node, -units, 0, corrects=corrects, bucket=bucket)
        for bucket, units in taken.items()
        if units
    )


def _require(main: StockCounter, quantity: int, there: int, corrects: bool) -> None:
    if there < quantity:
        what = "on_hand" if corrects else "available"
        raise StockExhausted(main.key, requested=quantity, available=there, what=what)


def counted(shelf: Shelf, quantity: int) -> tuple[StockMove, ...]:
    """That so much is on hand over all buckets; a move for each of them, so that each can be guarded."""
    difference = quantity - sum(counter.on_hand for counter in shelf)
    main = main_of(shelf)
    changes = found_more(shelf, difference) if difference >= 0 else outgoing(shelf, -difference, corrects=True)
    by_bucket = {move.bucket: move for move in changes}
    nothing = StockMove(main.sku, main.node, 0, 0, corrects=True)
    return tuple(by_bucket.get(each.bucket) or replace(nothing, bucket=each.bucket) for each in shelf)


def arranged(shelf: Shelf, layout: Layout | None = None) -> tuple[StockMove, ...]:
    """What is free in the general buckets, spread evenly over the layout's, or together in the main one when it is
    little; under another `layout` also what fences that begin, change or end set aside or give back.

    Where more is promised than there is, what is free goes to where it lacks, and nothing else moves. Raises
    `StockExhausted` when there is less than a fence is to keep. The moves are to be made together.
    """
    main = main_of(shelf)
    before, after = main.layout or PLAIN, layout or main.layout or PLAIN
    free = {each.bucket: each.available for each in shelf}
    target = _fences(before, after, free)
    loose = {name: units for name, units in free.items() if _is_loose(name, after)}
    there, wanted = sum(loose.values()), sum(units - free.get(name, 0) for name, units in target.items())
    if wanted > max(0, there):
        raise StockExhausted(main.key, requested=wanted, available=max(0, there))
    if there >= wanted:
        target |= dict.fromkeys(loose, 0) | _spread(there - wanted, after.buckets)
    else:
        target |= _to_where_it_lacks(loose, main.backordered, -wanted)
    return tuple(
        StockMove(main.sku, main.node, change, 0, bucket=bucket)
        for bucket in sorted({*free, *target}, key=lambda name: (name != MAIN, name))
        if (change := target.get(bucket, free.get(bucket, 0)) - free.get(bucket, 0))
    )


def _is_loose(bucket: str, layout: Layout) -> bool:
    """Whether what is free in the bucket is everyone's: general ones, and those of fences that have ended."""
    kept = [fence_of(channel) for channel, fence in layout.fences.items() if fence != ENDED]
    return is_general(bucket) or bucket not in kept


def _fences(before: Layout, after: Layout, free: dict[str, int]) -> dict[str, int]:
    """What each fence that is not as before is to have free."""
    found: dict[str, int] = {}
    everything = sum(free.values())
    for channel, fence in after.fences.items():
        if fence in (ENDED, before.fences.get(channel)):
            continue
        if fence.share is not None:
            found[fence_of(channel)] = max(0, everything) * fence.share // 100
        else:
            found[fence_of(channel)] = fence.quantity or 0
    return found


def _to_where_it_lacks(loose: dict[str, int], waiting: int, more: int) -> dict[str, int]:
    """`more`, and what is free in loose buckets, to those that have promised more than they have; the main one first.

    Whoever waits there comes after all who had their units already and lack them since a correction.
    """
    left = more + sum(max(0, units) for units in loose.values())
    target = {name: min(0, units) for name, units in loose.items()}
    for queue in (waiting, 0):
        for name in sorted(target, key=lambda name: (name != MAIN, name)):
            given = min(left, max(0, -target[name] - (queue if name == MAIN else 0)))
            target[name] += given
            left -= given
    return target


def _spread(units: int, buckets: int) -> dict[str, int]:
    if buckets == 1 or units < MERGE_BELOW * buckets:
        return {MAIN: units}
    each, more = divmod(units, buckets)
    return {str(place): each + (place < more) for place in range(buckets)}
