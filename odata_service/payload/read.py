"""A request body becomes an entity value: strict JSON, every member typed, each error with its path (JSON Format 6)."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from odata_service.edm.annotations import ALSO_KNOWN_AS, annotation_value
from odata_service.edm.model import EntityType, Schema
from odata_service.edm.sources import property_members
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import NotSupported, PayloadError, did_you_mean
from odata_service.payload.values import from_json, shown
from odata_service.settings import Limits

_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LONG_NUMBER = 400


@dataclass(frozen=True, slots=True)
class EntityValue:
    """The typed content of a body: what it states, by property name, null included."""

    type: str
    properties: Mapping[str, PrimitiveValue | None]


def read_entity(body: bytes, entity_type: str, schema: Schema, limits: Limits) -> EntityValue:
    """The entity that a body states, of the given type or of the derived one that it names.

    `PayloadError` with the path of the first fault.
    """
    members = _object(body, limits)
    entity_type = _type_of(members, entity_type, schema)
    declared = schema.properties(entity_type)
    stated: dict[str, PrimitiveValue | None] = {}
    for name, value in members.items():
        if "@" in name:
            _check_control(name, entity_type, schema)
            continue
        part = declared.get(name)
        if part is None:
            raise _unknown(name, entity_type, schema)
        if value is None:
            if not part.type.nullable:
                raise PayloadError(f"Property '{name}' must not be null.", target=name, hint="Give it a value.")
            stated[name] = None
            continue
        try:
            stated[name] = from_json(value, part.type)
        except ValueError as error:
            raise PayloadError(f"Property '{name}': {error}", target=name) from error
    return EntityValue(entity_type, stated)


def _object(body: bytes, limits: Limits) -> dict[str, object]:
    if not body.strip():
        raise PayloadError("The body is empty.", hint="Send a JSON object.")
    _check_depth(body, limits.max_depth)
    try:
        text = body.decode("utf-8-sig")
        parsed = json.loads(
            text, object_pairs_hook=_members, parse_float=_number, parse_int=_integer, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError as error:
        raise PayloadError("The body is not UTF-8.", hint="Encode it as UTF-8.") from error
    except json.JSONDecodeError as error:
        raise PayloadError(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    if not isinstance(parsed, dict):
        raise PayloadError("The body is not an object.", hint='Send a JSON object: {"property": value}.')
    return parsed


def _check_depth(body: bytes, limit: int) -> None:
    """Counts brackets before any parser recurses into them."""
    if body.count(b"{") + body.count(b"[") <= (limit or 500):
        return
    depth = deepest = 0
    for character in _STRINGS.sub(b"", body):
        if character in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif character in b"}]":
            depth -= 1
    if deepest > (limit or 500):
        raise PayloadError(f"The body is nested deeper than {limit or 500} levels (--max-depth).", hint="Flatten it.")


def _members(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise PayloadError(f"The name '{doubled}' stands twice in one object.", target=doubled, hint="Write it once.")
    for name, value in pairs:
        if isinstance(value, str) and _SURROGATE.search(value):
            raise PayloadError(
                f"Property '{name}' holds half a surrogate pair.", target=name, hint="Send whole characters."
            )
    return members


def _number(text: str) -> Decimal:
    value = Decimal(text)
    if len(text) > _LONG_NUMBER or abs(value.adjusted()) > _LONG_NUMBER:
        raise PayloadError(f"The number {text[:40]}… is out of every range.")
    return value


def _integer(text: str) -> int:
    if len(text) > _LONG_NUMBER:
        raise PayloadError(f"The number {text[:40]}… is out of every range.")
    return int(text)


def _refuse_constant(text: str) -> object:
    raise PayloadError(f"{text} is not JSON.", hint=f'Write "{text.replace("Infinity", "INF")}" for a Double.')


def _check_control(name: str, entity_type: str, schema: Schema) -> None:
    """Control information and annotations: links cannot be set, all else but the entity's type is ignored."""
    if name.endswith(("@odata.bind", "@bind")):
        raise _no_links(name.partition("@")[0], schema, entity_type)


def _type_of(members: Mapping[str, object], expected: str, schema: Schema) -> str:
    """The type that a body names, or the expected one; with or without `#`, by any name that it is known by."""
    name = next((name for name in ("@odata.type", "@type") if name in members), None)
    if name is None:
        return expected
    value, possible = members[name], (expected, *schema.derived_from(expected))
    stated = value.rpartition("#")[2] if isinstance(value, str) else None
    for known in possible:
        if stated in {known, *_other_names(schema.entity_type(known))}:
            return known
    hint = f'Write "#{expected}", or leave it out.' if len(possible) == 1 else f"It may be {', '.join(possible)}."
    raise PayloadError(f"{name} is {shown(value)}, and '{expected}' is expected here.", target=name, hint=hint)


def _other_names(declared: EntityType) -> tuple[object, ...]:
    value = annotation_value(declared.annotations, ALSO_KNOWN_AS)
    return value if isinstance(value, tuple) else ()


def _unknown(name: str, entity_type: str, schema: Schema) -> PayloadError | NotSupported:
    if name in schema.navigation_properties(entity_type):
        return _no_links(name, schema, entity_type)
    owner = next((owner for _, owner, part in property_members(entity_type, schema) if part.name == name), None)
    return PayloadError(
        f"Property '{name}' is not declared in '{entity_type}'.",
        target=name,
        hint=did_you_mean(name, list(schema.properties(entity_type)))
        if owner is None
        else f'\'{owner}\' declares it: write "@odata.type": "#{owner}" with it.',
    )


def _no_links(name: str, schema: Schema, entity_type: str) -> PayloadError | NotSupported:
    navigation = schema.navigation_properties(entity_type).get(name)
    if navigation is None:
        return PayloadError(f"'{name}' is no navigation property of '{entity_type}'.", target=name)
    constraints = ", ".join(f"'{constraint.property}'" for constraint in navigation.referential_constraints)
    hint = f"Set {constraints} instead." if constraints else "Create the entities one by one."
    return NotSupported(f"Related entities in a body ('{name}') are not supported yet.", target=name, hint=hint)
