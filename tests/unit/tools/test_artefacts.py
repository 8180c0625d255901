"""Packaging: artefacts are named by their content, and only what belongs in them is there."""

from __future__ import annotations

import io
import marshal
import zipfile
from pathlib import Path

import pytest

from tools.artefacts import build_package, template_url, zip_folder
from tools.errors import ToolError

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Colour: {Type: String, Default: red}}
Resources:
  Data: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: data.yaml}}
  Layer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}
  Machine: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: machine.asl.json}}
  Hello:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: hello, Handler: app.handler, Environment: {Variables: {T: !GetAtt Data.Outputs.Table}}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "data.yaml").write_text("Resources: {Table: {Type: AWS::SNS::Topic}}")
    (tmp_path / "machine.asl.json").write_text("{}")
    for folder in ("hello", "layer/ordo"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "hello" / "app.py").write_text("handler = print\n")
    (tmp_path / "layer" / "ordo" / "__init__.py").write_text("X = 1\n")
    (tmp_path / "layer" / "requirements.txt").write_text("boto3\n")
    return tmp_path


def test_every_local_name_becomes_an_artefact(project: Path) -> None:
    package = build_package(project / "template.yaml")
    resources = package.template["Resources"]
    function = resources["Hello"]["Properties"]["CodeUri"].rpartition("/")[2]
    layer = resources["Layer"]["Properties"]["ContentUri"].rpartition("/")[2]
    machine = resources["Machine"]["Properties"]["DefinitionUri"]["Key"]
    nested = resources["Data"]["Properties"]["TemplateURL"].rpartition("/")[2]
    assert {function, layer, machine, nested, package.key} == set(package.artefacts)
    assert package.nested["Data"]["Resources"] == {"Table": {"Type": "AWS::SNS::Topic"}}
    assert resources["Hello"]["Properties"]["Environment"]["Variables"]["T"] == {
        "Fn::GetAtt": ["Data", "Outputs.Table"]
    }


def test_the_same_files_give_the_same_package(project: Path) -> None:
    first, second = (build_package(project / "template.yaml") for _ in range(2))
    assert first.digest({}) == second.digest({})
    assert first.artefacts.keys() == second.artefacts.keys()


@pytest.mark.parametrize(
    ("name", "added"),
    [
        ("hello/app.py", "# changed"),
        ("layer/ordo/__init__.py", "# changed"),
        ("machine.asl.json", " "),
        ("data.yaml", "\nOutputs: {A: {Value: b}}"),
    ],
)
def test_a_change_in_any_file_changes_the_digest(project: Path, name: str, added: str) -> None:
    before = build_package(project / "template.yaml").digest({})
    with (project / name).open("a") as file:
        file.write(added)
    assert build_package(project / "template.yaml").digest({}) != before


def test_another_parameter_changes_the_digest(project: Path) -> None:
    package = build_package(project / "template.yaml")
    assert package.digest({"Colour": "red"}) != package.digest({"Colour": "blue"})


def test_a_change_in_one_function_leaves_the_layer_where_it_was(project: Path) -> None:
    before = build_package(project / "template.yaml").template["Resources"]["Layer"]
    (project / "hello" / "app.py").write_text("handler = repr\n")
    assert build_package(project / "template.yaml").template["Resources"]["Layer"] == before


def test_a_zip_holds_sources_with_bytecode_that_is_not_checked_again(project: Path) -> None:
    (project / "layer" / "ordo" / "__pycache__").mkdir()
    (project / "layer" / "ordo" / "__pycache__" / "old.pyc").write_bytes(b"old")
    archive = zipfile.ZipFile(io.BytesIO(zip_folder(project / "layer")))
    source, compiled = sorted(archive.namelist(), key=lambda name: "__pycache__" in name)
    assert source == "ordo/__init__.py"
    body = archive.read(compiled)
    assert body[4:8] == b"\x01\x00\x00\x00"
    names: dict[str, object] = {}
    exec(marshal.loads(body[16:]), names)
    assert names["X"] == 1


def test_a_function_without_its_own_code_is_refused(project: Path) -> None:
    template = project / "template.yaml"
    template.write_text(TEMPLATE.replace("CodeUri: hello, ", ""))
    with pytest.raises(ToolError, match="Hello has no CodeUri"):
        build_package(template)


def test_a_missing_folder_is_named(project: Path) -> None:
    template = project / "template.yaml"
    template.write_text(TEMPLATE.replace("CodeUri: hello", "CodeUri: nowhere"))
    with pytest.raises(ToolError, match="Hello names nowhere"):
        build_package(template)


def test_a_template_that_is_not_yaml_is_told(project: Path) -> None:
    (project / "template.yaml").write_text("a: [")
    with pytest.raises(ToolError, match="cannot be read as YAML"):
        build_package(project / "template.yaml")


def test_a_template_url_is_of_the_form_that_cloudformation_takes() -> None:
    assert template_url("k").startswith("https://s3.amazonaws.com/")
