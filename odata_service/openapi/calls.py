"""Path items of functions and actions (OData to OpenAPI Mapping, 4.3.3 to 4.3.5).

A function has a path for the parameters that it must be given, and another with the optional ones.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from odata_service.edm.annotations import CORE, description_of
from odata_service.edm.model import OperationImport
from odata_service.edm.operations import Action, Function, Operation, Parameter
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.openapi.answers import JSON
from odata_service.openapi.components import Json
from odata_service.openapi.operations import Described, Item, Path, json_body
from odata_service.openapi.places import Place, path_parameter
from odata_service.openapi.tools import Tools
from odata_service.openapi.types import Variant

_OPTIONAL = f"{CORE}.OptionalParameter"
_NOT_IN_PATHS = {Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED}


class CallItems:
    """Makes the path items of calls."""

    def __init__(self, tools: Tools) -> None:
        self._schema, self._offer = tools.schema, tools.offer
        self._types, self._answers, self._options = tools.types, tools.answers, tools.options
        self._items = tools.items
        self._bound: dict[tuple[str, bool], list[Operation]] = {}
        for overloads in tools.schema.operations.values():
            for found in overloads:
                if found.bound and found.parameters:
                    binding = found.parameters[0].type
                    self._bound.setdefault((binding.name, binding.collection), []).append(found)

    def bound_at(self, place: Place) -> Iterator[Item]:
        """The operations that are bound to what is at a place, or to its entities of derived types."""
        if not self._bound:
            return
        inherited = [part.name for part in self._schema.ancestry(place.type)]
        for name in (*inherited, *self._schema.derived_from(place.type)):
            cast = "" if name in inherited else f"/{name}"
            for operation in self._bound.get((name, place.collection), ()):
                path = Path(f"{place.path}{cast}/{operation.name}", place.parameters, place.name, place.tag)
                yield from self._called(path, operation, operation.parameters[1:])

    def imported(self, found: OperationImport) -> Iterator[Item]:
        """The overloads of an operation that the container imports."""
        for operation in self._schema.operations.get(found.operation, ()):
            if not operation.bound:
                path = Path(f"/{found.name}", (), found.name, found.name)
                yield from self._called(path, operation, operation.parameters)

    def _called(self, path: Path, operation: Operation, parameters: Sequence[Parameter]) -> Iterator[Item]:
        if isinstance(operation, Action):
            if not self._offer.read_only:
                yield from self._items.item(path, {"post": self._action(operation, parameters)})
            return
        demanded = [part for part in parameters if not _is_optional(part)]
        for given in [demanded, list(parameters)] if len(demanded) < len(parameters) else [demanded]:
            yield from self._function(path, operation, given)

    def _action(self, action: Action, parameters: Sequence[Parameter]) -> Described:
        body = None
        if parameters:
            properties = {part.name: self._types.value(part.type, Variant.CREATE) for part in parameters}
            required = [part.name for part in parameters if not _is_optional(part) and not part.type.nullable]
            schema: Json = {"type": "object", "properties": properties, "additionalProperties": False}
            body = json_body({**schema, "required": required} if required else schema)
        responses: Json = {"204": self._answers.nothing()}
        if action.return_type is not None:
            responses = {"200": self._result(action.return_type.type), **responses}
        return Described(_local(action.name), _summary(action), responses, body=body)

    def _function(self, path: Path, function: Function, given: Sequence[Parameter]) -> Iterator[Item]:
        known = list(path.parameters)
        aliases: list[Json] = []
        arguments = []
        for part in given:
            description = description_of(part.annotations)
            if _stands_in_path(part.type):
                parameter, literal = path_parameter(part.name, part.type, known, description)
                known.append(parameter)
                arguments.append(f"{part.name}={literal}")
            else:
                aliases.append(self._alias(part))
                arguments.append(f"{part.name}=@{part.name}")
        called = replace(path, template=f"{path.template}({','.join(arguments)})", parameters=known)
        result = function.return_type.type
        responses: Json = {"200": self._result(result), "204": self._answers.nothing()}
        options = self._options_of(function)
        described = Described(_local(function.name), _summary(function), responses, [*aliases, *options])
        yield from self._items.item(called, {"get": described})

    def _alias(self, part: Parameter) -> Json:
        schema = self._types.value(part.type, Variant.CREATE)
        return {"name": f"@{part.name}", "in": "query", "required": True, "content": {JSON: {"schema": schema}}}

    def _options_of(self, function: Function) -> list[Json]:
        """The query options that go with what a function gives, where more may be asked of it."""
        result = function.return_type.type
        if not function.composable or not self._is_entity(result):
            return []
        place = Place("", (), "", "", result.name, None, result.collection)
        return self._options.of_collection(place) if result.collection else self._options.of_entity(place)

    def _result(self, result: TypeRef) -> Json:
        description = "The result."
        if self._is_entity(result):
            return (
                self._answers.page(result.name) if result.collection else self._answers.entity(result.name, description)
            )
        if not result.collection and self._schema.structured_type(result.name) is not None:
            return self._answers.whole(self._types.instance(result.name), description)
        return self._answers.value(self._types.value(result), description)

    def _is_entity(self, type_ref: TypeRef) -> bool:
        return bool(self._schema.structured_type(type_ref.name)) and bool(self._schema.key(type_ref.name))


def _is_optional(part: Parameter) -> bool:
    return any(found.term == _OPTIONAL for found in part.annotations)


def _stands_in_path(type_ref: TypeRef) -> bool:
    kind = kind_of(type_ref.primitive)
    return not type_ref.collection and kind is not None and kind not in _NOT_IN_PATHS


def _summary(operation: Operation) -> str:
    return description_of(operation.annotations) or f"Call {_local(operation.name)}."


def _local(name: str) -> str:
    return name.rpartition(".")[2]
