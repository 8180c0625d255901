"""What is known of carriers' ways, in memory: for tests, with the same contract as DynamoDB's."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ordo.catalog.transit_terms import ANY_CARRIER, TransitTable
from ordo.shipments.measuring import Measured, Samples
from ordo.shipments.transit import Figures, Ways


class InMemoryTransit:
    """A `TransitReader`, `Roads` and `TransitStore` in dictionaries, open to a test's eyes."""

    def __init__(self) -> None:
        self.measured: dict[str, Figures] = {}
        self.tables: dict[str, TransitTable] = {}
        self.zones: dict[str, str] = {}
        self.kept: dict[tuple[str, str], Samples] = {}
        self.state = Measured()

    def figures(self, carrier: str) -> Figures | None:
        """See `TransitReader`."""
        return self.measured.get(carrier)

    def ways(self, carrier: str, now: datetime) -> Ways:
        """See `Roads`."""
        usual = self.tables.get(ANY_CARRIER) or TransitTable(ANY_CARRIER)
        return Ways(self.figures(carrier), self.tables.get(carrier), usual)

    def weekday(self, node_id: str, now: datetime) -> int:
        """See `Roads`."""
        zone = self.zones.get(node_id)
        return (now.astimezone(ZoneInfo(zone)) if zone else now).weekday()

    def last(self) -> Measured:
        """See `TransitStore`."""
        return self.state

    def keep_samples(self, samples: Samples) -> None:
        """See `TransitStore`."""
        self.kept[samples.carrier, samples.since] = samples

    def samples(self, carrier: str) -> list[Samples]:
        """See `TransitStore`."""
        return [each for (name, _), each in sorted(self.kept.items()) if name == carrier]

    def forget_samples(self, carrier: str, since: str) -> None:
        """See `TransitStore`."""
        self.kept.pop((carrier, since), None)

    def keep_figures(self, figures: Figures) -> None:
        """See `TransitStore`."""
        self.measured[figures.carrier] = figures

    def finish(self, measured: Measured) -> None:
        """See `TransitStore`."""
        self.state = measured
