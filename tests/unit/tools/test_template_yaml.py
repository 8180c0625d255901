"""CloudFormation's YAML is read as CloudFormation reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.template_yaml import read_template


def read(tmp_path: Path, text: str) -> dict[str, Any]:
    path = tmp_path / "t.yaml"
    path.write_text(text)
    return read_template(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref A", {"Ref": "A"}),
        ("!GetAtt A.Outputs.B", {"Fn::GetAtt": ["A", "Outputs.B"]}),
        ("!GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}),
        ('!Sub "${A}-x"', {"Fn::Sub": "${A}-x"}),
        ("!Join [',', [!Ref A, b]]", {"Fn::Join": [",", [{"Ref": "A"}, "b"]]}),
        ("!If [C, {a: !Ref B}, !Ref AWS::NoValue]", {"Fn::If": ["C", {"a": {"Ref": "B"}}, {"Ref": "AWS::NoValue"}]}),
        ("2012-10-17", "2012-10-17"),
        ("!Condition C", {"Condition": "C"}),
    ],
)
def test_short_forms_become_long_ones(tmp_path: Path, text: str, value: Any) -> None:
    assert read(tmp_path, f"X: {text}") == {"X": value}


def test_what_is_not_a_map_is_no_template(tmp_path: Path) -> None:
    with pytest.raises(yaml.YAMLError, match="not a template"):
        read(tmp_path, "- a")
