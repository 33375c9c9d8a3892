"""Properties that are not kept (`edm.computations`): what stands for each of them in every source that has it.

The values of an expression are resolved once, against the source; where the property stands in a request, its value is
that of the expression, rooted there. So whatever takes a property takes one of these. Of what code works out it is the
call of the code.
"""

from collections.abc import Iterator, Mapping, Sequence

from odata_service.edm.computations import Expressed
from odata_service.edm.leaves import added_properties
from odata_service.edm.model import EntitySet, Property, Schema
from odata_service.errors import ODataError, SemanticError
from odata_service.semantics.access import access_of
from odata_service.semantics.coded_calls import call_of_property
from odata_service.semantics.model_functions import value_of
from odata_service.semantics.promotion import bare
from odata_service.semantics.scope import Request, Scope
from odata_service.semantics.tree import Case, Expression, PropertyAccess, TypeTest
from odata_service.semantics.walk import parts_of
from odata_service.settings import Limits
from odata_service.url import parse_expression

_VARIABLES = 1_000
"""How many variables an expression may have: each has depths of its own, since it may stand inside any other."""


def computed_values(schema: Schema) -> Mapping[tuple[str, str], Expression]:
    """The values of all properties that are not kept, by source and path (`Schema.member_path`).

    Raises what is wrong with an expression: syntax, names, its type, or that it asks for what it says itself.
    """
    found: dict[tuple[str, str], Expression] = {}
    uses: dict[int, list[Property]] = {}
    for source in schema.sources.by_name.values():
        for holder, part in _computed(source, schema):
            path = schema.member_path(source.entity_type, holder, part.name)
            value = _value(part, holder, source, len(found) + 1, schema)
            found[source.name, path] = value
            uses.setdefault(id(part), []).extend(_used(value))
            _check_ends(part, uses)
    return found


def _computed(source: EntitySet, schema: Schema) -> Iterator[tuple[str, Property]]:
    """The properties of a source's entities that are not kept, each with the type that declares it."""
    own = ((source.entity_type, part) for part in schema.properties(source.entity_type).values())
    added = (
        (holder, schema.properties(holder)[part.name]) for holder, part in added_properties(source.entity_type, schema)
    )
    for holder, part in (*own, *added):
        if part.computation is not None:
            yield holder, part


def _value(part: Property, holder: str, source: EntitySet, number: int, schema: Schema) -> Expression:
    """What stands for a property, null in entities of types that do not have it."""
    value = _stated(part, holder, source, number, schema)
    if access_of(part, holder, source.entity_type, None, schema).cast is None:
        return value
    return Case(((TypeTest((holder, *schema.derived_from(holder))), value),), value.type)


def _stated(part: Property, holder: str, source: EntitySet, number: int, schema: Schema) -> Expression:
    """What an expression gives, or code."""
    if not isinstance(part.computation, Expressed):
        return call_of_property(part, holder, source, schema)
    scope = Scope(Request(schema, {}, Limits()), holder, source, "", "the expression", depth=number * _VARIABLES)
    try:
        return value_of(parse_expression(part.computation.text), bare(part.type), "It", scope)
    except ODataError as error:
        raise SemanticError(f"The expression of '{holder}/{part.name}' does not fit: {error.message}") from error


def _used(node: object) -> Iterator[Property]:
    """The properties with expressions that one asks for."""
    if isinstance(node, PropertyAccess) and isinstance(node.property.computation, Expressed):
        yield node.property
    for part in parts_of(node):
        yield from _used(part)


def _check_ends(part: Property, uses: Mapping[int, Sequence[Property]]) -> None:
    """Refuses an expression that asks for itself, be it of another entity: properties are told by what they are."""
    seen, waiting = set[int](), list(uses[id(part)])
    while waiting:
        current = waiting.pop()
        if current is part:
            raise SemanticError(f"The expression of '{part.name}' asks for '{part.name}' itself.")
        if id(current) not in seen:
            seen.add(id(current))
            waiting += uses.get(id(current), ())
