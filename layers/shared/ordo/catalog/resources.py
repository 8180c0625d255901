"""The catalogue's REST resources: which path is which kind of document, and how it is read and answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from inspect import Parameter, Signature
from typing import Annotated, Any
from urllib.parse import unquote

from pydantic import AfterValidator, BeforeValidator, PositiveInt, StringConstraints

from ordo.catalog import coupon_schemas, schemas
from ordo.catalog.carrier_schemas import CarrierDocument
from ordo.catalog.channel_schemas import ChannelDocument
from ordo.catalog.complaint_schemas import DepartmentDocument
from ordo.catalog.documents import Document as Stored
from ordo.catalog.documents import Kind, canonical_id, place_id
from ordo.catalog.errors import InvalidDocument, refuse_findings
from ordo.catalog.fields import Document, PathId, not_blank
from ordo.catalog.node_schemas import NodeDocument
from ordo.catalog.price_schemas import PriceListDocument
from ordo.catalog.product_schemas import ProductDocument
from ordo.catalog.promotion_schemas import PromotionDocument
from ordo.catalog.service import PutDocument
from ordo.catalog.transit_schemas import TransitDocument

PATH_TYPES: dict[str, Any] = {
    "country": Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")],
    # A REST API hands the path on percent-encoded, and a city's name is not ASCII.
    "key": Annotated[
        str,
        BeforeValidator(unquote),
        StringConstraints(min_length=1, max_length=64, pattern=r"\S"),
        AfterValidator(not_blank),
    ],
}
"""Types of path parameters; the others are ids."""

AnyVersion = PositiveInt | None
"""Of a promotion; without it the present one."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of document at one path, such as `/v1/products/<sku>`."""

    path: str
    kind: Kind
    model: type[Document]

    @property
    def parameters(self) -> list[str]:
        """The names in the path."""
        return re.findall("<(.+?)>", self.path)

    def document_id(self, path: Mapping[str, str]) -> str:
        """The id that a request's path names."""
        if self.kind is Kind.PLACE:
            return place_id(path["country"], path["key"])
        return canonical_id(self.kind, path[self.parameters[0]])

    def command(self, path: Mapping[str, str], document: Document) -> PutDocument:
        """The write that a PUT asks for; raises `InvalidDocument` when the body names another id than the path, or
        contradicts itself.
        """
        document_id = self.document_id(path)
        named: str | None = getattr(document, self.model.id_field)
        if named is not None and self.document_id({**path, self.parameters[-1]: named}) != document_id:
            raise InvalidDocument("The body names another id than the path.", pointer=f"/{self.model.id_field}")
        refuse_findings(document.findings())
        return PutDocument(self.kind, document_id, document.body(), document.version)

    def answer(self, stored: Stored) -> Document:
        """The document as the API gives it: with its id and version, so that it can be edited and PUT back."""
        named = stored.document_id.partition("#")[2] if self.kind is Kind.PLACE else stored.document_id
        told = [asdict(warning) for warning in stored.warnings]
        beside = {self.model.id_field: named, "version": stored.version, "warnings": told}
        return self.model.model_validate({**stored.body, **beside, **stored.beside})

    def typed(self, handler: Callable[..., Document]) -> Callable[..., Document]:
        """Give a generic handler this resource's own signature, from which validation and OpenAPI are made."""
        parameters = [
            Parameter(name, Parameter.KEYWORD_ONLY, annotation=PATH_TYPES.get(name, PathId)) for name in self.parameters
        ]
        if handler.__name__ == "get" and self.kind is Kind.PROMOTION:
            parameters.append(Parameter("version", Parameter.KEYWORD_ONLY, annotation=AnyVersion, default=None))
        if handler.__name__ == "put":
            parameters.append(Parameter("document", Parameter.KEYWORD_ONLY, annotation=self.model))
        described: Any = handler
        described.__signature__ = Signature(parameters, return_annotation=self.model)
        described.__doc__ = self.model.__doc__
        return handler

    def summary(self, verb: str) -> str:
        """What OpenAPI calls an operation."""
        return f"{verb} a {self.kind.value.replace('_', ' ')}"


RESOURCES = (
    Resource("/v1/products/<sku>", Kind.PRODUCT, ProductDocument),
    Resource("/v1/price-lists/<price_list_id>", Kind.PRICE_LIST, PriceListDocument),
    Resource("/v1/promotions/<promotion_id>", Kind.PROMOTION, PromotionDocument),
    Resource("/v1/coupons/<code>", Kind.COUPON, coupon_schemas.CouponDocument),
    Resource("/v1/nodes/<node_id>", Kind.NODE, NodeDocument),
    Resource("/v1/channels/<channel_id>", Kind.CHANNEL, ChannelDocument),
    Resource("/v1/customers/<customer_id>", Kind.CUSTOMER, schemas.CustomerDocument),
    Resource("/v1/places/<country>/<key>", Kind.PLACE, schemas.PlaceDocument),
    Resource("/v1/carriers/<carrier>", Kind.CARRIER, CarrierDocument),
    Resource("/v1/transit-tables/<carrier>", Kind.TRANSIT, TransitDocument),
    Resource("/v1/departments/<department_id>", Kind.DEPARTMENT, DepartmentDocument),
)
