"""Which clocks people of a place go by, from the zone table of the tz database."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from ordo.kernel.geo import Location, distance_km

ONE_TIME = {"CN": "Asia/Shanghai"}
"""Countries that go by one zone though the table lists places of others."""
_COORDINATES = re.compile(r"([+-])(\d{2})(\d{2})(?:\d{2})?([+-])(\d{3})(\d{2})(?:\d{2})?")


def zone_of(country: str | None, location: Location | None = None) -> str | None:
    """The zone of a country (ISO 3166 alpha-2): of several the one whose city is nearest to the location, without a
    location the first, which the table gives to where most people live. None for a country that is not in the table.
    """
    if country in ONE_TIME:
        return ONE_TIME[country]
    zones = _table().get(country or "", ())
    if not zones:
        return None
    if location is None or len(zones) == 1:
        return zones[0][0]
    return min(zones, key=lambda each: distance_km(each[1], location))[0]


@cache
def _table() -> dict[str, list[tuple[str, Location]]]:
    found: dict[str, list[tuple[str, Location]]] = {}
    for line in (files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            country, place, zone, *_ = line.split("\t")
            found.setdefault(country, []).append((zone, _location(place)))
    return found


def _location(text: str) -> Location:
    """ISO 6709: `+2308+11316` or with seconds."""
    match = _COORDINATES.fullmatch(text)
    if match is None:
        raise ValueError("the zone table has another form")
    north, lat, lat_minutes, east, lon, lon_minutes = match.groups()
    return Location(
        (int(lat) + int(lat_minutes) / 60) * (-1 if north == "-" else 1),
        (int(lon) + int(lon_minutes) / 60) * (-1 if east == "-" else 1),
    )
