"""Operations that entities tell of: those that $select names, or all (Protocol 11.2.5.1; JSON Format 16, 17)."""

from collections.abc import Iterator

from odata_service.edm.model import Schema
from odata_service.edm.operations import Function, Operation
from odata_service.errors import SemanticError, did_you_mean
from odata_service.semantics.resolved import Advertised
from odata_service.semantics.scope import Scope
from odata_service.url.syntax import SelectItem


def advertised(item: SelectItem, name: str, scope: Scope) -> tuple[Advertised, ...]:
    """The overloads bound to single entities of the type here: of one name, or of one with these parameters."""
    found = tuple(_overloads(name, scope))
    if item.parameters is not None:
        wanted = sorted(item.parameters)
        found = tuple(known for known in found if sorted(known.parameters) == wanted)
    if not found:
        known = {one.name for qualified in scope.request.schema.operations for one in _overloads(qualified, scope)}
        raise SemanticError(
            f"'{name}' is no operation that is bound to '{scope.entity_type}'{scope.place(item.span)}.",
            target=scope.target,
            hint=did_you_mean(name, sorted(known)),
        )
    return found


def advertised_in(namespace: str, scope: Scope) -> tuple[Advertised, ...]:
    """All operations of a namespace that are bound to single entities of the type here."""
    names = (name for name in scope.request.schema.operations if name.rpartition(".")[0] == namespace)
    return tuple(found for name in names for found in _overloads(name, scope))


def bound_to(entity_type: str, schema: Schema) -> Iterator[tuple[Operation, Advertised]]:
    """All overloads that are bound to single entities of a type, each with what is told of it."""
    for name in schema.operations:
        yield from _bound(name, entity_type, schema)


def _overloads(name: str, scope: Scope) -> Iterator[Advertised]:
    for _, told in _bound(name, scope.entity_type, scope.request.schema):
        yield told


def _bound(name: str, entity_type: str, schema: Schema) -> Iterator[tuple[Operation, Advertised]]:
    for operation in schema.operations.get(name, ()):
        if _is_bound_here(operation, entity_type, schema):
            parameters = tuple(parameter.name for parameter in operation.parameters[1:])
            yield operation, Advertised(name, parameters, isinstance(operation, Function))


def _is_bound_here(operation: Operation, entity_type: str, schema: Schema) -> bool:
    if not operation.bound or not operation.parameters:
        return False
    type_ref = operation.parameters[0].type
    return not type_ref.collection and schema.is_derived(entity_type, type_ref.name)
