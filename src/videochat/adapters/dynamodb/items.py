"""DynamoDB's attribute values and expressions, as far as the stores need them: texts, integers and booleans."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

Item = dict[str, Any]
"""Attribute names to attribute values, as in ``{"userId": {"S": "u1"}}``."""

ALONE: Final = "#"
"""The sort key of an item that is alone in its partition."""


def value(plain: str | int | bool) -> dict[str, Any]:
    """``plain`` as an attribute value."""
    match plain:
        case bool():
            return {"BOOL": plain}
        case int():
            return {"N": str(plain)}
        case str():
            return {"S": str(plain)}  # plain text, also of an enumeration


def item(plain: Mapping[str, Any]) -> Item:
    """``plain`` as an item; members that are ``None`` are left out."""
    return {name: value(member) for name, member in plain.items() if member is not None}


def plain(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of :func:`item`."""
    return {name: _plain(member) for name, member in stored.items()}


def _plain(stored: Mapping[str, Any]) -> Any:
    ((kind, content),) = stored.items()
    return int(content) if kind == "N" else content


class Condition(Struct, frozen=True):
    """An expression with the names and values it uses. Every attribute name goes by an alias: many are reserved words
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html)."""

    expression: str
    names: dict[str, str]
    values: Item

    @property
    def arguments(self) -> dict[str, Any]:
        """As arguments of a conditional request."""
        arguments: dict[str, Any] = {
            "ConditionExpression": self.expression,
            "ExpressionAttributeNames": self.names,
        }
        if self.values:
            arguments["ExpressionAttributeValues"] = self.values
        return arguments


def absent(key: str) -> Condition:
    """There is no such item; ``key`` is the name of a key attribute."""
    return Condition("attribute_not_exists(#k)", {"#k": key}, {})


def equal(**attributes: Any) -> Condition:
    """All these attributes have these values; so the item exists."""
    return matches(item(attributes))


def matches(stored: Item) -> Condition:
    """The item has these attributes, whatever else it has."""
    names = {f"#e{n}": name for n, name in enumerate(stored)}
    values = {f":e{n}": member for n, member in enumerate(stored.values())}
    return Condition(" AND ".join(f"#e{n} = :e{n}" for n in range(len(stored))), names, values)


def absent_or_equal(key: str, **attributes: Any) -> Condition:
    """There is no such item, or its attributes have these values."""
    same = equal(**attributes)
    return Condition(
        f"attribute_not_exists(#k) OR ({same.expression})", {"#k": key, **same.names}, same.values
    )
