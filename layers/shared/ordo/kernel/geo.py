"""Places and distances."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088
"""Mean earth radius (IUGG)."""


@dataclass(frozen=True, slots=True)
class Location:
    """WGS 84 degrees. The only floats of the domain: distances rank candidates, they never become money unrounded."""

    lat: float
    lon: float


def distance_km(a: Location, b: Location) -> float:
    """Great-circle distance by the haversine formula."""
    half_lat = radians(b.lat - a.lat) / 2
    half_lon = radians(b.lon - a.lon) / 2
    h = sin(half_lat) ** 2 + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(h)))
