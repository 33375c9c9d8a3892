"""Entity-ids and ETags (URL Conventions 4.3; Protocol 4.1, 8.3.1)."""

import re
from collections.abc import Sequence
from urllib.parse import quote

from odata_service.edm.model import EntitySet
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, print_value
from odata_service.semantics.resolved import EntitySetStep, KeyStep, NavigationStep, ResourcePath, Step
from odata_service.semantics.tree import Constant, Expression, KeyValue, Parameter

_SAFE = "!$*(),;:@-._~'"
_is_plain = re.compile(r"[A-Za-z0-9._~-]*").fullmatch
"""Whether a text stands in a URL as it is."""


def etag_of(version: int) -> str:
    """The ETag of an entity with this version counter: weak, since one entity has several representations."""
    return f'W/"{version}"'


def collection_url(path: ResourcePath, values: Sequence[PrimitiveValue | None]) -> str:
    """The canonical URL of what an entity at the end of a path is one of: of the set, the singleton, the containment.

    It begins where the path last enters a set by key; entities that are reached through a single-valued navigation
    property have none that is shorter.
    """
    steps = path.steps[:-1] if isinstance(path.steps[-1], KeyStep) else path.steps
    return "/".join(_pieces(steps, values))


def entity_url(path: ResourcePath, values: Sequence[PrimitiveValue | None]) -> str:
    """The canonical URL of the entity at the end of a path, relative to the service root and percent-encoded."""
    return "/".join(_pieces(path.steps, values))


def _pieces(steps: Sequence[Step], values: Sequence[PrimitiveValue | None]) -> list[str]:
    pieces: list[str] = []
    following = [*steps[1:], None]
    for step, after in zip(steps, following, strict=True):
        match step:
            case EntitySetStep(entity_set):
                pieces = [entity_set.name]
            case KeyStep(key, is_alternate):
                pieces[-1] += f"({key_predicate(key, values, named=is_alternate)})"
            case NavigationStep(_, _, target, _) if target is not None and _begins_anew(target, after):
                pieces = [target.name]
            case NavigationStep(navigation, _, _, cast):
                pieces += [navigation.name] if cast is None else [cast, navigation.name]
            case _:
                pass
    return pieces


def _begins_anew(target: EntitySet, after: Step | None) -> bool:
    return not target.is_contained and (isinstance(after, KeyStep) or target.is_single)


def key_predicate(key: Sequence[KeyValue], values: Sequence[PrimitiveValue | None], *, named: bool = False) -> str:
    """What stands in the parentheses of a key whose values a path or a request gives; `named` where it must be."""
    return key_text(
        [part.name for part in key],
        [part.leaf.type for part in key],
        [_value(part.value, values) for part in key],
        named=named,
    )


def _value(node: Expression, values: Sequence[PrimitiveValue | None]) -> object:
    match node:
        case Parameter(slot):
            return values[slot]
        case Constant(value):
            return value
        case _:
            raise AssertionError("keys are values")


def key_text(names: Sequence[str], types: Sequence[TypeRef], key: Sequence[object], *, named: bool = False) -> str:
    """What stands in the parentheses of a key predicate, percent-encoded: the bare value, or name=value pairs."""
    values = [key_literal(value, type_ref) for value, type_ref in zip(key, types, strict=True)]
    if len(values) == 1 and not named:
        return values[0]
    return ",".join(f"{name}={value}" for name, value in zip(names, values, strict=True))


def key_literal(value: object, type_ref: TypeRef) -> str:
    """One key value as a literal of the URL, percent-encoded.

    >>> key_literal("O'Brien/x", TypeRef("Edm.String"))
    "'O''Brien%2Fx'"
    """
    assert isinstance(value, PrimitiveValue), "keys are primitive and never null"
    kind = kind_of(type_ref)
    text = value if isinstance(value, str) and kind is Kind.STRING else print_value(value, type_ref)
    if kind is Kind.STRING:
        return f"'{text}'" if _is_plain(text) else "'" + quote(text.replace("'", "''"), safe=_SAFE) + "'"
    if kind is Kind.DURATION:
        return f"duration'{text}'"
    if kind is Kind.ENUMERATION:
        return f"{type_ref.name}'{quote(text, safe=_SAFE)}'"
    return text if _is_plain(text) else quote(text, safe=_SAFE)
