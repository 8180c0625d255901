"""The catalogue's simple documents as the API takes and gives them. What GET answers can be edited and PUT back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from ordo.catalog.fields import Country, Document, Id, PlaceKey, Point, Strict
from ordo.catalog.message_schemas import Language, TimeZone, WishesText
from ordo.catalog.model import Precision


class CustomerDocument(Document):
    """A customer's profile; the phone is kept as E.164, read as `country` writes it unless it begins with `+`."""

    id_field = "customer_id"

    customer_id: Id | None = None
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    phone: Annotated[str, Field(max_length=32)] | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    segment: Id | None = None
    country: Country | None = None
    language: Language | None = None
    time_zone: TimeZone | None = None
    messages: WishesText | None = None


class PlaceDocument(Document):
    """The point that stands for a postal code or a city."""

    id_field = "key"

    key: PlaceKey | None = None
    location: Point
    precision: Literal[Precision.POSTAL_CODE, Precision.CITY]


class PlaceRow(Strict):
    """One place of a bulk load."""

    country: Country
    key: PlaceKey
    location: Point
    precision: Literal[Precision.POSTAL_CODE, Precision.CITY]


class PlacesRequest(Strict):
    """Up to 100 places, written together; the same rows again change nothing."""

    places: list[PlaceRow] = Field(min_length=1, max_length=100)


class PlacesAnswer(BaseModel):
    """How many places were written."""

    written: int
