"""XML as carriers send it: without document types, entities, or anything fetched from elsewhere."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ordo.shipments.carriers.fields import unreadable


def attributes_of(text: bytes, name: str) -> list[dict[str, Any]]:
    """The attributes of every element of this name; raises `Unreadable` for what is no XML or declares a DTD."""
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):  # LookupError: an encoding that nobody knows
        raise unreadable("xml") from None
    return [dict(element.attrib) for element in root.iter(name)]
