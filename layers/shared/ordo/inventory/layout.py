"""How a node keeps a SKU: over how many buckets takers spread, and what is kept for channels. The main counter knows.

Throughput is per partition, so a hot SKU has several counters (docs/adr/0024-bucketed-counters.md). What is kept for a
channel is a counter of its own, from which only that channel's orders take.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_BUCKETS = 64
FENCE = "@"
"""Begins the name of the bucket that is kept for a channel."""


def fence_of(channel: str) -> str:
    """The bucket that is kept for a channel."""
    return FENCE + channel


def is_general(bucket: str) -> bool:
    """Whether any channel may take from the bucket."""
    return not bucket.startswith(FENCE)


@dataclass(frozen=True, slots=True)
class Fence:
    """What is kept for a channel: so many units, set aside once; or a share in percent, of each receipt too."""

    quantity: int | None = None
    share: int | None = None

    @staticmethod
    def of(body: Mapping[str, Any]) -> Fence:
        """Read the stored form."""
        return Fence(body.get("quantity"), body.get("share"))

    def to_dict(self) -> dict[str, int]:
        """The stored form."""
        return {
            name: value for name, value in (("quantity", self.quantity), ("share", self.share)) if value is not None
        }


ENDED = Fence(quantity=0)
"""Nothing more is kept; what is given back to it goes to the others when the SKU is arranged next."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`buckets` is over how many takers spread, `kept` how many there ever were: units may still be in each of them."""

    buckets: int = 1
    kept: int = 1
    fences: Mapping[str, Fence] = field(default_factory=dict)

    @staticmethod
    def of(item: Mapping[str, Any]) -> Layout | None:
        """Read it of a stored main counter; None when it is like most: one bucket, nothing kept."""
        buckets, fences = int(item.get("buckets", 1)), item.get("fences") or {}
        kept = max(buckets, int(item.get("kept", 1)))
        if kept == 1 and not fences:
            return None
        return Layout(buckets, kept, {channel: Fence.of(each) for channel, each in sorted(fences.items())})

    @property
    def others(self) -> list[str]:
        """The buckets beside the main one."""
        return [*map(str, range(1, self.kept)), *map(fence_of, self.fences)]

    def changed(self, buckets: int | None, fences: Mapping[str, Fence] | None) -> Layout:
        """With another number of buckets or other fences, if given. What ends stays named: units come back to it."""
        count = self.buckets if buckets is None else buckets
        kept = dict(self.fences)
        if fences is not None:
            kept = dict.fromkeys(self.fences, ENDED) | dict(fences)
        return Layout(count, max(self.kept, count), dict(sorted(kept.items())))


PLAIN = Layout()
"""One bucket, nothing kept for anyone."""


def in_layout(layout: Layout | None) -> Iterable[str]:
    """Every bucket, the main one first."""
    return ("0", *(layout.others if layout else ()))
