"""Operations out of Python signatures: annotations say of which types parameters and result are (CSDL 12).

| Python | EDM |
|---|---|
| `str`, `int`, `bool`, `float`, `Decimal`, `bytes` | String, Int64, Boolean, Double, Decimal, Binary |
| `date`, `datetime`, `time`, `timedelta`, `UUID` | Date, DateTimeOffset, TimeOfDay, Duration, Guid |
| `Annotated[…, "shop.Article"]`, `Annotated[int, "Edm.Byte"]` | the type of that name |
| `list[…]`, `Sequence[…]`, `tuple[…, ...]` | a collection |
| `… | None` | a value that may be null |
| a parameter with a default | an optional one (Core.OptionalParameter) |

What is `Annotated[Entity, …]` or `Annotated[Entities, …]` behind the call is what the operation is bound to.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from msgspec.structs import replace

from odata_service.edm.annotations import Annotation, Record
from odata_service.edm.model import ActionImport, EntityType, FunctionImport, Schema
from odata_service.edm.operations import Action, Function, Operation, Parameter, ReturnType
from odata_service.edm.structured import named_type
from odata_service.edm.types import TypeRef, kind_of
from odata_service.edm.values import print_value
from odata_service.errors import did_you_mean
from odata_service.payload import native_value
from odata_service.payload.native import TOLD
from odata_service.semantics.operations import OPTIONAL_PARAMETER
from odata_service.service.entities import Entities, Entity

_TYPES: Mapping[Any, str] = {
    str: "Edm.String",
    int: "Edm.Int64",
    bool: "Edm.Boolean",
    float: "Edm.Double",
    **TOLD,
}
_COLLECTIONS = (list, tuple, Sequence)


def operation_of(
    name: str, kind: type[Action] | type[Function], body: Callable[..., Any], schema: Schema, *, bound: bool
) -> Operation:
    """The overload that a body carries out; `ValueError` where its annotations do not say all types.

    `bound` tells that the parameter behind the call is what the operation is bound to.
    """
    if "." not in name:
        raise ValueError(f"'{name}' has no namespace: write {schema.container.name.rpartition('.')[0]}.{name}.")
    hints = get_type_hints(body, include_extras=True)
    stated = list(inspect.signature(body).parameters.values())[1:]
    parameters = tuple(_parameter(known, hints, schema) for known in stated)
    is_bound = bool(stated) and (bound or _is_entity(hints[stated[0].name]))
    result = hints.get("return", NoneType)
    returned = None if result is NoneType else ReturnType(_type(result, "the result", schema))
    if kind is Action:
        return Action(name, parameters, returned, is_bound)
    if returned is None:
        raise ValueError("A function gives something back: annotate what its body returns.")
    composable = isinstance(schema.types.get(returned.type.name), EntityType)
    return Function(name, returned, parameters, is_bound, composable)


def with_operation(operation: Operation, schema: Schema) -> Schema:
    """The schema with one more overload, and an import of its name where it is bound to nothing."""
    overloads = (*schema.operations.get(operation.name, ()), operation)
    operations = {**schema.operations, operation.name: overloads}
    short, container = operation.name.rpartition(".")[2], schema.container
    if operation.bound or any(child.name == short for child in container.children()):
        return replace(schema, operations=operations)
    if isinstance(operation, Action):
        action = ActionImport(short, operation.name)
        container = replace(container, action_imports={**container.action_imports, short: action})
    else:
        function = FunctionImport(short, operation.name)
        container = replace(container, function_imports={**container.function_imports, short: function})
    return replace(schema, operations=operations, container=container)


def value_type(hint: object, what: str, schema: Schema) -> TypeRef:
    """The primitive type that an annotation or a name says; `ValueError` where it says another or none."""
    found = _named(hint, what, schema) if isinstance(hint, str) else _type(hint, what, schema)
    if kind_of(found) is None or found.collection:
        raise ValueError(f"{what} is {found}: single values of primitive types alone are aggregated.")
    return found


def _parameter(stated: inspect.Parameter, hints: Mapping[str, Any], schema: Schema) -> Parameter:
    if stated.kind in {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL} or stated.name not in hints:
        raise ValueError(f"The parameter '{stated.name}' says no type: annotate it.")
    type_ref = _type(hints[stated.name], f"the parameter '{stated.name}'", schema)
    if stated.default is inspect.Parameter.empty:
        return Parameter(stated.name, type_ref)
    return Parameter(stated.name, type_ref, (_optional(stated.default, type_ref, schema),))


def _optional(default: object, type_ref: TypeRef, schema: Schema) -> Annotation:
    """The annotation of an optional parameter, with its default where a literal says it."""
    value = None if default is None else native_value(default, type_ref, schema)
    literal = print_value(value, type_ref) if isinstance(value, bool | int | Decimal | float | str | bytes) else None
    return Annotation(OPTIONAL_PARAMETER, Record({} if literal is None else {"DefaultValue": literal}))


def _is_entity(hint: object) -> bool:
    return get_origin(hint) is Annotated and get_args(hint)[0] in {Entity, Entities}


def _type(hint: object, what: str, schema: Schema) -> TypeRef:
    """The type that an annotation names; not nullable unless it says so."""
    parts = get_args(hint)
    if get_origin(hint) in {Union, UnionType} and NoneType in parts and len(parts) == 2:
        return replace(_type(next(part for part in parts if part is not NoneType), what, schema), nullable=True)
    if get_origin(hint) is Annotated:
        name = next((part for part in parts[1:] if isinstance(part, str)), None)
        found = None if name is None else _named(name, what, schema)
        if found is not None:
            return replace(found, nullable=False, collection=found.collection or parts[0] is Entities)
        return _type(parts[0], what, schema)
    if get_origin(hint) in _COLLECTIONS:
        return replace(_type(parts[0], what, schema), collection=True, nullable=False)
    name = _TYPES.get(hint)
    if name is None:
        raise ValueError(f'{hint!r:.60} says no type of {what}: write Annotated[…, "namespace.Type"].')
    return TypeRef(name, nullable=False)


def _named(name: str, what: str, schema: Schema) -> TypeRef:
    found = named_type(name, schema)
    bare = name.removeprefix("Collection(").removesuffix(")")
    if found is None and isinstance(schema.types.get(bare), EntityType):
        found = TypeRef(bare, bare != name)
    if found is None:
        raise ValueError(f"'{name}' is no type for {what}. {did_you_mean(name, list(schema.types)) or ''}".strip())
    return found
