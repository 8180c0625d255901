"""Dataclasses as plain JSON values: fields that have their usual value are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

Json = dict[str, Any]
T = TypeVar("T")

_FIELDS: dict[type, tuple[tuple[str, Any], ...]] = {}


def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Names and usual values of a dataclass's fields."""
    known = _FIELDS.get(kind)
    if known is None:
        usual = (
            (each, each.default if each.default_factory is MISSING else each.default_factory()) for each in fields(kind)
        )
        known = _FIELDS[kind] = tuple((each.name, default) for each, default in usual)
    return known


def to_plain(value: Any, *but: str) -> Json:
    """The fields of a dataclass that have not their usual value, tuples as lists; without those named in `but`."""
    found: Json = {}
    for name, usual in _fields(type(value)):
        if name in but:
            continue
        each = getattr(value, name)
        if usual is MISSING or each != usual:
            found[name] = list(each) if isinstance(each, tuple) else each
    return found


def from_plain(kind: type[T], body: Mapping[str, Any]) -> T:
    """The dataclass of what `to_plain` gave; what is not known here (of newer writers) is passed over."""
    names = [name for name, _ in _fields(kind)]
    return kind(**{name: _tupled(body[name]) for name in names if name in body})


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
