"""Settings of functions that use pydantic for nothing else: the same check at the cold start, without its import."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

SettingsT = TypeVar("SettingsT")
_READERS: dict[str, Any] = {"str": str, "bool": {"true": True, "false": False}.__getitem__}


class BadEnvironment(RuntimeError):
    """The environment does not fit; the message names each variable and what is wrong with it."""


def read_environment(model: type[SettingsT], environment: Mapping[str, str] | None = None) -> SettingsT:
    """Read a dataclass of `str` and `bool` fields from variables named as its fields in upper case.

    Raises `BadEnvironment`.
    """
    source = os.environ if environment is None else environment
    given, wrong = {}, []
    for field in fields(model):  # type: ignore[arg-type]  # a dataclass, which `type[SettingsT]` cannot say
        name = field.name.upper()
        try:
            if name in source:
                given[field.name] = _READERS[str(field.type)](source[name])
            elif field.default is MISSING:
                wrong.append(f"{name} is missing")
        except KeyError:
            wrong.append(f"{name} is not {field.type}")
    if wrong:
        raise BadEnvironment(f"bad environment: {'; '.join(wrong)}")
    return model(**given)
