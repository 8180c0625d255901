"""The in-memory twin of what the Supply table keeps of shortages."""

from __future__ import annotations

from dataclasses import replace
from threading import RLock

from ordo.inventory.memory import InMemoryStock
from ordo.inventory.requirement_codec import event_body
from ordo.inventory.requirements import Levels, Requirement, Watched
from ordo.inventory.shortages import AlreadyNoted, Save, WatchedChanged


class InMemoryShortages:
    """`ShortageRepository` in dictionaries; `settings` are (reorder point, reorder to) by SKU and node."""

    def __init__(self, stock: InMemoryStock) -> None:
        self._stock = stock
        self._lock = RLock()
        self.settings: dict[tuple[str, str], tuple[int, int]] = {}
        self.known: dict[tuple[str, str], Watched] = {}
        self.history: list[Requirement] = []
        self.events: dict[tuple[str, str], list[str]] = {}
        self._noted: set[tuple[str, str, str, str]] = set()

    def levels(self, sku: str, node: str) -> Levels | None:
        """See `ShortageRepository`."""
        found = [counter for key, counter in self._stock.by_key.items() if key[:2] == (sku, node)]
        point, to = self.settings.get((sku, node), (None, None))
        if not found and point is None:
            return None
        return Levels(sum(counter.available for counter in found), point, to)

    def watched(self, sku: str, node: str) -> Watched:
        """See `ShortageRepository`."""
        with self._lock:
            return self.known.get((sku, node)) or Watched(sku, node)

    def save(self, save: Save) -> None:
        """See `ShortageRepository`."""
        before, step = save.before, save.step
        key = before.sku, before.node
        with self._lock:
            noted = (*key, *save.once) if save.once else None
            if noted in self._noted:
                raise AlreadyNoted()
            if self.watched(*key).version != before.version:
                raise WatchedChanged()
            if noted:
                self._noted.add(noted)
            told = self.events.setdefault(key, [])
            for event, event_id in zip(step.events, save.event_ids, strict=True):
                told.append(event_body(before, event, len(told) + 1, event_id, save.at))
            self.known[key] = replace(step.after, version=before.version + 1, seq=len(told))
            if step.closed:
                self.history.append(step.closed)

    def nodes_of(self, sku: str) -> list[str]:
        """See `ShortageRepository`."""
        return sorted({*self._stock.nodes_of(sku), *(node for known, node in self.settings if known == sku)})

    def listed(self, node: str | None, after: str | None, limit: int) -> tuple[list[Requirement], str | None]:
        """See `ShortageRepository`."""
        opened = [each.requirement for each in self.known.values() if each.requirement]
        wanted = sorted(
            (each for each in opened if node in (None, each.node) and place(each) > (after or "")), key=place
        )
        return wanted[:limit], place(wanted[limit - 1]) if len(wanted) > limit else None


def place(requirement: Requirement) -> str:
    """Where an open requirement stands in the list."""
    return f"{requirement.node}#{requirement.sku}"
