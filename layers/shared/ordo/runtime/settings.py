"""Settings come from the environment, checked once, at the cold start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

SettingsT = TypeVar("SettingsT", bound=BaseModel)


class BadSettings(RuntimeError):
    """The environment does not fit; the message names each variable and what is wrong with it."""


def load_settings(model: type[SettingsT], environment: Mapping[str, str] | None = None) -> SettingsT:
    """Read `model` from variables named as its fields in upper case; raises `BadSettings` naming the bad ones."""
    source = os.environ if environment is None else environment
    given = {name: source[name.upper()] for name in model.model_fields if name.upper() in source}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        wrong = "; ".join(f"{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise BadSettings(f"bad environment: {wrong}") from None
