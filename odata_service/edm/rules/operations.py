"""Actions and functions: parameters, overloads, and where their entities come from (CSDL 12)."""

from collections.abc import Iterator, Sequence

from odata_service.edm.annotations import CORE
from odata_service.edm.model import NavigationProperty
from odata_service.edm.operations import Action, Function, Operation, Parameter, ReturnType
from odata_service.edm.rules.facets import facet_problems
from odata_service.edm.rules.inspection import Inspection, error, warning
from odata_service.edm.rules.names import duplicates, identifier_problems
from odata_service.edm.rules.navigation import nearest
from odata_service.errors import Problem

OPTIONAL = f"{CORE}.OptionalParameter"


def operation_problems(model: Inspection) -> Iterator[Problem]:
    """What is wrong with the operations of a model."""
    for overloads in model.draft.operations.values():
        for overload in overloads:
            yield from _overload_problems(overload, model)
        yield from _overloading_problems(overloads)


def _overload_problems(operation: Operation, model: Inspection) -> Iterator[Problem]:
    parameters = [(parameter.name, parameter.origin) for parameter in operation.parameters]
    for name, origin in parameters:
        yield from identifier_problems(name, origin)
    yield from duplicates(parameters, operation.name)
    for parameter in operation.parameters:
        yield from facet_problems(parameter.name, parameter.type, parameter.origin, model)
    if operation.return_type is not None:
        returned = operation.return_type
        origin = returned.origin if returned.origin.file else operation.origin
        yield from facet_problems(f"the result of {operation.name}", returned.type, origin, model)
    if operation.bound and not operation.parameters:
        message = f"'{operation.name}' is bound and has no parameter: the first one is what it is bound to."
        yield error(operation.origin, f'{message} Add it, or leave IsBound="true" out.')
    yield from _stream_problems(operation)
    yield from _optional_problems(operation)
    if operation.entity_set_path is not None:
        yield from _path_problems(operation, operation.entity_set_path, model)


def _stream_problems(operation: Operation) -> Iterator[Problem]:
    for parameter in operation.parameters[1 if operation.bound else 0 :]:
        if parameter.type.name == "Edm.Stream":
            message = f"The parameter '{parameter.name}' is a stream, which no request can give. Make it Edm.Binary."
            yield warning(parameter.origin, message)


def _optional_problems(operation: Operation) -> Iterator[Problem]:
    optional = [parameter for parameter in operation.parameters if _is_optional(parameter)]
    for before, after in zip(operation.parameters, operation.parameters[1:], strict=False):
        if before in optional and after not in optional:
            message = f"The parameter '{after.name}' of '{operation.name}' must be given, and '{before.name}' before it"
            yield warning(after.origin, f"{message} is optional. Put optional parameters last.")


def _is_optional(parameter: Parameter) -> bool:
    return any(annotation.term == OPTIONAL for annotation in parameter.annotations)


def _path_problems(operation: Operation, path: str, model: Inspection) -> Iterator[Problem]:
    """The entity set path begins with the binding parameter and goes through navigation properties (CSDL 12.7)."""
    subject = f"The EntitySetPath '{path}' of '{operation.name}'"
    first, _, rest = path.partition("/")
    if not operation.bound:
        yield warning(operation.origin, f"{subject} says nothing: the operation is not bound.")
        return
    binding = operation.parameters[0] if operation.parameters else None
    if binding is None:
        return
    if first != binding.name:
        yield error(operation.origin, f"{subject} must begin with the binding parameter '{binding.name}'.")
        return
    start = model.draft.structured_type(binding.type.name)
    if start is None or not rest:
        return
    way = model.follow(rest, start)
    if way.last is None:
        hint = nearest(way, model)
        yield error(operation.origin, f"{subject} leads nowhere: there is no '{way.missing}'.{hint}")
    elif not any(isinstance(step, NavigationProperty) for step in way.steps):
        yield warning(operation.origin, f"{subject} leads to no entities: it has no navigation property.")


def _overloading_problems(overloads: Sequence[Operation]) -> Iterator[Problem]:
    """What overloads of one name must have in common, and what must tell them apart (CSDL 12.2, 12.4)."""
    first = overloads[0]
    seen: dict[object, Operation] = {}
    returned: dict[object, Function] = {}
    for overload in overloads:
        if type(overload) is not type(first):
            kinds = ("An action", "a function") if isinstance(overload, Action) else ("A function", "an action")
            message = (
                f"{kinds[0]} '{overload.name}' has the name of {kinds[1]} at {first.origin}, which one name cannot be."
            )
            yield warning(overload.origin, message)
        for signature in _signatures(overload):
            same = seen.setdefault(signature, overload)
            if same is not overload:
                yield error(overload.origin, _same(overload, same))
                break
        if isinstance(overload, Function):
            bound_to = overload.parameters[0].type if overload.bound and overload.parameters else None
            other = returned.setdefault((overload.bound, bound_to and str(bound_to)), overload)
            if str(other.return_type.type) != str(overload.return_type.type):
                message = f"'{overload.name}' returns {overload.return_type.type}, and {other.return_type.type} at"
                yield warning(overload.origin, f"{message} {other.origin}: overloads return one type.")


def _same(overload: Operation, other: Operation) -> str:
    if isinstance(overload, Function):
        return f"'{overload.name}' cannot be told from the overload at {other.origin}: its parameters are the same."
    bound_to = f" bound to {overload.parameters[0].type}" if overload.bound and overload.parameters else ""
    return f"There is an action '{overload.name}'{bound_to} already, at {other.origin}."


def _signatures(operation: Operation) -> Iterator[object]:
    """What no two overloads may share: an action's binding type; a function's parameter names, and their types."""
    types = tuple(str(parameter.type) for parameter in operation.parameters)
    if isinstance(operation, Action):
        yield ("action", operation.bound, types[:1] if operation.bound else ())
        return
    names = [parameter.name for parameter in operation.parameters]
    yield (
        "names",
        operation.bound,
        types[:1] if operation.bound else (),
        frozenset(names[1:] if operation.bound else names),
    )
    yield ("types", operation.bound, types)


def returned_entity(returned: ReturnType | None, model: Inspection) -> str | None:
    """The entity type that an operation returns one or many of, None where it returns something else."""
    return returned.type.name if returned is not None and model.is_entity_type(returned.type.name) else None
