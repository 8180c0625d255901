"""Read CloudFormation YAML (with its `!Ref` short forms) as plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """Safe YAML plus the short forms of CloudFormation's functions."""


def _short_form(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]  # the only kind left
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


def _without_dates(loader: _Loader, node: yaml.ScalarNode) -> str:
    """Keep `2012-10-17` a text, as CloudFormation does."""
    return str(loader.construct_scalar(node))


_Loader.add_multi_constructor("!", _short_form)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _without_dates)


def read_template(path: Path) -> dict[str, Any]:
    """The template's document; raises `yaml.YAMLError` when it is not YAML."""
    loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  a SafeLoader
    if not isinstance(loaded, dict):
        raise yaml.YAMLError(f"{path.name} is not a template")
    return loaded
