"""Reads ``template.yaml``."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

PATH: Final = Path(__file__).resolve().parents[2] / "template.yaml"


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms of functions, which become their long forms."""


def _function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        text = loader.construct_scalar(node)
        return {name: text.split(".", 1) if suffix == "GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _function)


@cache
def load() -> dict[str, Any]:
    """The whole template."""
    return read(PATH)


def read(path: Path) -> dict[str, Any]:
    """Any template."""
    loaded = yaml.load(path.read_text("utf-8"), _Loader)
    assert isinstance(loaded, dict)
    return loaded


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """The resources of this type by logical id."""
    return {name: one for name, one in load()["Resources"].items() if one["Type"] == kind}
