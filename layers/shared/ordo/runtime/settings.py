"""Settings come from the environment, checked once, at the cold start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, TypeVar

SettingsT = TypeVar("SettingsT", bound=tuple[Any, ...])
_READERS: dict[str, Any] = {"str": str, "int": int, "bool": {"true": True, "false": False}.__getitem__}


class BadSettings(RuntimeError):
    """The environment does not fit; the message names each variable and what is wrong with it."""


def load_settings(model: type[SettingsT], environment: Mapping[str, str] | None = None) -> SettingsT:
    """Read a `NamedTuple` of `str`, `int` and `bool` fields from variables named as its fields in upper case.

    Raises `BadSettings` naming every bad one. Not pydantic: half of the functions use it for nothing else, and would
    pay its import at each cold start.
    """
    source = os.environ if environment is None else environment
    described: Any = model
    given, wrong = {}, []
    for name in described._fields:
        kind, variable = described.__annotations__[name], name.upper()
        kind = getattr(kind, "__forward_arg__", kind)
        try:
            if variable in source:
                given[name] = _READERS[kind](source[variable])
            elif name not in described._field_defaults:
                wrong.append(f"{variable} is missing")
        except (KeyError, ValueError):
            wrong.append(f"{variable} is not {kind}")
    if wrong:
        raise BadSettings(f"bad environment: {'; '.join(wrong)}")
    return model(**given)
