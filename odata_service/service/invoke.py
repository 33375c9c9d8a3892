"""Functions and actions: what they are bound to is read, their body is run, its result answered (Protocol 11.5).

Entities that a body gives are told by their keys and read again, so that query options and further segments apply to
them in the database, and what is answered is what is there.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.model import EntitySet, EntityType, Schema
from odata_service.edm.operations import Function, Operation, Parameter
from odata_service.edm.structured import ComplexValue
from odata_service.edm.temporal import parse_instant
from odata_service.edm.types import TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, parse
from odata_service.errors import NotFound, PayloadError, PreconditionFailed
from odata_service.payload import (
    Reference,
    entity_url,
    etag_of,
    named_alone,
    native_value,
    read_parameters,
)
from odata_service.plan.write import Place
from odata_service.semantics.constants import with_values
from odata_service.semantics.in_memory import unseen
from odata_service.semantics.model_functions import constant_value, needs_body
from odata_service.semantics.operations import default_of, given_type, is_for_each, is_optional, parameters_of
from odata_service.semantics.resolved import (
    CastStep,
    DynamicStep,
    EntitySetStep,
    JsonArgument,
    NavigationStep,
    OperationCall,
    PropertyStep,
    ResourcePath,
)
from odata_service.semantics.tree import Constant
from odata_service.service.address import Address, Keys, key_values, keyed_path
from odata_service.service.body import check_json
from odata_service.service.call import Call
from odata_service.service.changes import moves_on
from odata_service.service.compile import CompiledResult
from odata_service.service.conditional import read_tags
from odata_service.service.entities import Entities, Entity, address_of, plain
from odata_service.service.given import answer_given
from odata_service.service.linked import keys_led_to
from odata_service.service.message import Request, Response
from odata_service.service.operations import Operations
from odata_service.service.pages import Page
from odata_service.service.preferences import applied_headers
from odata_service.service.properties import value_at
from odata_service.service.read import BoundRead, Values, no_content
from odata_service.service.relations import entity_named
from odata_service.service.results import answer_result, in_memory
from odata_service.service.workshop import Workshop
from odata_service.service.write import Asked

Arguments = dict[str, object]
_NO_CONTENT = 204


class _Named(Struct, frozen=True):
    """An entity that a parameter names, of a type or one derived from it."""

    reference: Reference
    type: str


class Invoker(Struct, frozen=True):
    """Runs the bodies of a service's operations."""

    workshop: Workshop
    operations: Operations

    @property
    def schema(self) -> Schema:
        """The model that declares the operations."""
        return self.workshop.schema

    def serving(self, workshop: Workshop) -> "Invoker":
        """What runs the bodies for one request."""
        return self if workshop is self.workshop else replace(self, workshop=workshop)

    def function(self, call: OperationCall, request: Request, values: Values) -> object:
        """What a function gives; `values` are those of the request by slot."""
        return self._run(call, self._arguments(call, request), self._call(call, request), values)

    def transformed(self, call: OperationCall, bound: object, request: Request, values: Values) -> object:
        """What a function among transformations gives for what it is bound to, which its own path may say."""
        body = self.operations.body(call.operation)
        instances = bound if call.binding is None else self._bound(call.binding, request, values)
        return body(self._call(call, request), instances, **self._arguments(call, request))

    def called(self, path: ResourcePath, bound: BoundRead) -> BoundRead:
        """A read together with what the function gives that its path begins with."""
        result, keys = self._given(path, bound.request, bound.values)
        return replace(bound, result=result, given=keys)

    def _given(self, path: ResourcePath, request: Request, values: Values) -> tuple[object, Sequence[Keys]]:
        """What the function gives that a path begins with, and the keys of the entities among that."""
        assert path.call is not None, "a function is called"
        first = path.steps[0]
        if path.call.leads is not None:
            led = keys_led_to(path.call, values, self.workshop.store)
            return led or None, led
        result = self.function(path.call, request, values)
        return result, self.keys(result, first.entity_set) if isinstance(first, EntitySetStep) else ()

    def act(self, asked: Asked) -> Response:
        """Runs an action, and answers with its result in the same transaction."""
        request, call = asked.request, asked.query.path.call
        assert call is not None, "an action is called"
        arguments, running = self.parameters(call.operation, request), self._call(call, request)
        self.operations.body(call.operation)
        with self.workshop.transaction():
            self._check_match(call, asked)
            result = self._run(call, self.looked_up(arguments, request), running, asked.values)
            if call.operation.return_type is None or result is None:
                return no_content(asked.context)
            return self._answer_made(self._made(result, running, asked), result, asked)

    def _call(self, call: OperationCall, request: Request) -> Call:
        return Call(request, self.workshop.unruled, call.operation)

    def _made(self, result: object, running: Call, asked: Asked) -> Entity | None:
        """The entity that an action has created and gives, where it gives one alone."""
        path = asked.query.path
        if path.is_result or path.type.collection or path.entity_set is None:
            return None
        keys = self.keys(result, path.entity_set)
        return next((made for made in running.made if made.source == path.entity_set and made.key in keys), None)

    def _answer_made(self, made: Entity | None, result: object, asked: Asked) -> Response:
        """The answer of an action, which follows the rules for new entities where it gives such (Protocol 11.5.5.1)."""
        answer = self.answer(result, asked)
        if made is None:
            return answer
        address = address_of(made, self.workshop)
        location = asked.request.base_url + entity_url(address.path, address.keys)
        if answer.status == _NO_CONTENT:
            return replace(answer, headers={**answer.headers, "Location": location, "OData-EntityId": location})
        return replace(answer, status=201, headers={**answer.headers, "Location": location})

    def keys(self, result: object, source: EntitySet) -> list[Keys]:
        """The keys of the entities among a result: entities, or mappings with the properties of the key."""
        if result is None:
            return []
        found: Iterable[object] = [result] if isinstance(result, Mapping) else _iterated(result)
        return list(dict.fromkeys(self._key(entity, source) for entity in found if entity is not None))

    def _key(self, entity: object, source: EntitySet) -> Keys:
        if isinstance(entity, Entity) and entity.source == source:
            return entity.key
        is_another = isinstance(entity, Entity) and not self.schema.is_derived(entity.type, source.entity_type)
        if is_another or not isinstance(entity, Mapping):
            raise TypeError(f"An operation gave {entity!r:.60}, and an entity of '{source.name}' is expected.")
        values = [
            native_value(entity[name], leaf.type, self.schema)
            for name, leaf in self.schema.key_leaves(source.entity_type)
        ]
        return tuple(value for value in values if isinstance(value, PrimitiveValue))

    def answer(self, result: object, asked: Asked) -> Response:
        """The answer of what an operation gave, inside the transaction in which it was called.

        Of an action the client may wish to hear nothing but that it was done (Protocol 8.2.8.7, 11.5.5.1).
        """
        request, context = asked.request, asked.context
        if context.preferences.returned == "minimal":
            silent = no_content(context)
            return replace(
                silent, headers={**silent.headers, **applied_headers(context.preferences, returned="minimal")}
            )
        query = replace(asked.query, parameters=())
        page = Page(request.path, request.query, None, (), None, self.workshop.secret)
        if query.path.is_result:
            bound = BoundRead(request, asked.values, page, self.workshop.settings.limits, result=result)
            return answer_result(CompiledResult(query, context, ()), bound, self.schema)
        source = query.path.entity_set
        assert source is not None, "entities live in a source"
        return answer_given(query, self.keys(result, source), asked, self.workshop, result)

    def members(self, call: OperationCall, request: Request, values: Values) -> list[Entity]:
        """The entities that an operation is applied to, one by one."""
        assert call.binding is not None, "it is bound to each of several entities"
        path = replace(call.binding, is_each=False, type=replace(call.binding.type, collection=True))
        return list(self._entities(path, request, values))

    def run_for(self, entity: Entity, call: OperationCall, arguments: Arguments, request: Request) -> object:
        """What an operation gives for one of the entities that it is applied to."""
        operation = call.operation
        if isinstance(operation, Function) and operation.expression and not self.operations.has_body(operation):
            alone = Entities(address_of(entity, self.workshop), self.workshop)
            return self._expressed(operation, arguments, alone)
        return self.operations.body(operation)(self._call(call, request), entity, **arguments)

    def _run(self, call: OperationCall, arguments: Arguments, running: Call, values: Values) -> object:
        operation, request = call.operation, running.request
        if is_for_each(call):
            return [self.run_for(entity, call, arguments, request) for entity in self.members(call, request, values)]
        if isinstance(operation, Function) and operation.expression and not self.operations.has_body(operation):
            if call.binding is not None and not _is_entity(call.binding, self.schema):
                raise needs_body(operation)
            bound_to = None if call.binding is None else self._entities(call.binding, request, values)
            return self._expressed(operation, arguments, bound_to)
        body = self.operations.body(operation)
        bound = () if call.binding is None else (self._bound(call.binding, request, values),)
        return body(running, *bound, **arguments)

    def _expressed(self, operation: Function, arguments: Arguments, bound_to: Entities | None) -> object:
        """What the expression of a function gives: for an entity the database computes it."""
        if bound_to is None:
            return constant_value(operation, arguments, self.schema, parse_instant(datetime.now(UTC).isoformat()))
        wanted = operation.return_type.type
        if kind_of(wanted) is None or wanted.collection:
            raise needs_body(operation)
        known = {*self.schema.properties(operation.parameters[0].type.name)}
        name = next(found for found in ("result", *(f"result{n}" for n in range(len(known) + 1))) if found not in known)
        given = ",".join(f"{parameter}=@{parameter}" for parameter in arguments)
        entity = bound_to.first(f"$compute={operation.name}({given}) as {name}&$select={name}", **arguments)
        if entity is None:
            raise NotFound("The entity that the operation is bound to does not exist.")
        return entity[name]

    def _bound(self, path: ResourcePath, request: Request, values: Values) -> object:
        """What an operation is bound to: an entity, entities, or the value that a path leads to in one."""
        first = next((step for step in path.steps if isinstance(step, PropertyStep)), None)
        if path.is_result:
            gives = None if path.call is None else given_type(path.call)
            assert path.call is not None and gives is not None, "an operation gave this"
            given = self.function(path.call, request, values)
            source = in_memory(given, gives, values, self.schema)
            return plain(unseen(source.at(path).value), path.type, self.schema)
        entities = self._entities(_entity_path(path) if first else path, request, values)
        if path.type.collection and first is None:
            return entities
        found = entities.first()
        if found is None:
            raise NotFound("The entity that the operation is bound to does not exist.")
        return found if first is None else self._value_in(found, first, path, values)

    def _value_in(self, entity: Entity, first: PropertyStep, path: ResourcePath, values: Values) -> object:
        """The value that a path leads to in an entity, `first` being the property that it begins with."""
        place = Place(entity.source, entity.type, entity.key)
        _, value = value_at(place, first, address_of(entity, self.workshop), self.workshop)
        holder = ComplexValue(entity.type, {first.property.name: value})
        found = in_memory(holder, TypeRef(entity.type), values, self.schema).at(path).value
        return plain(unseen(found), path.type, self.schema)

    def _entities(self, path: ResourcePath, request: Request, values: Values) -> Entities:
        """The entities at the end of a path, to be read."""
        assert path.entity_set is not None, "entities live in a source"
        _, given = (None, ()) if path.call is None else self._given(path, request, values)
        keyed, keys = keyed_path(with_values(path, values))
        return Entities(Address(keyed, key_values(keys, values)), self.workshop, given)

    def _check_match(self, call: OperationCall, asked: Asked) -> None:
        """If-Match on a bound action: the entity has one of these tags (Protocol 11.5.5)."""
        tags = read_tags("If-Match", asked.request.headers.get("if-match"))
        if tags is None or tags.any or call.binding is None or call.binding.type.collection:
            return
        bound = self._bound(call.binding, asked.request, asked.values)
        if isinstance(bound, Entity) and not (tags.match(etag_of(bound.version)) and self._moves_on(bound)):
            raise PreconditionFailed("The entity has changed since this ETag was read.", target="If-Match")

    def _moves_on(self, bound: Entity) -> bool:
        """Whether an entity is still what it was read as, and now is no longer for others that act on it."""
        address = address_of(bound, self.workshop)
        place = Place(bound.source, bound.type, bound.key)
        return moves_on(place, bound.version, self.workshop.parent(address), self.workshop)

    def parameters(self, operation: Operation, request: Request) -> Arguments:
        """What the body of a request gives the parameters of an action; entities that it names are to be looked up."""
        parameters = parameters_of(operation)
        if request.body.strip():
            check_json(request.headers.get("content-type", ""))
        arguments = read_parameters(request.body, parameters, self._stated, self.workshop.settings.limits)
        for parameter in parameters:
            if parameter.name not in arguments and not is_optional(parameter):
                _check_nullable(parameter)
                arguments[parameter.name] = None
        return {**self._defaults(operation, arguments), **arguments}

    def _arguments(self, call: OperationCall, request: Request) -> Arguments:
        """What a URL states of a function's parameters, and the defaults of others."""
        stated = {name: self._argument(call, name, value) for name, value in call.arguments}
        stated = self.looked_up(stated, request)
        return {**self._defaults(call.operation, stated), **stated}

    def _argument(self, call: OperationCall, name: str, value: Constant | JsonArgument) -> object:
        if isinstance(value, Constant):
            return value.value
        wanted = next(parameter.type for parameter in call.operation.parameters if parameter.name == name)
        return self._stated(value.value, wanted, name)

    def _stated(self, value: object, wanted: TypeRef, path: str) -> object:
        """What JSON gives a parameter; an entity may be named by its id alone (JSON Format 18)."""
        if not isinstance(self.schema.types.get(wanted.name), EntityType):
            return plain(self.workshop.reader.value(value, wanted, path), wanted, self.schema)
        if wanted.collection and isinstance(value, list):
            return tuple(self._stated(item, wanted.element, f"{path}/{place}") for place, item in enumerate(value))
        named = named_alone(value, path)
        return (
            plain(self.workshop.reader.value(value, wanted, path), wanted, self.schema)
            if named is None
            else _Named(named, wanted.name)
        )

    def looked_up(self, arguments: Arguments, request: Request) -> Arguments:
        """The arguments with the entities that they name, as these are now."""
        return {name: self._looked_up(value, request) for name, value in arguments.items()}

    def _looked_up(self, value: object, request: Request) -> object:
        if isinstance(value, tuple):
            return tuple(self._looked_up(item, request) for item in value)
        if not isinstance(value, _Named):
            return value
        reference, workshop = value.reference, self.workshop
        node = entity_named(reference, None, request.base_url, workshop)
        if not self.schema.is_derived(node.type, value.type):
            raise PayloadError(
                f"'{reference.id}' is a {node.type}, and a {value.type} is expected here.", target=reference.path
            )
        return Entities(node.address, workshop).first()

    def _defaults(self, operation: Operation, stated: Mapping[str, object]) -> Arguments:
        """The default values of optional parameters that are left out, where the model states them."""
        found: Arguments = {}
        for parameter in parameters_of(operation):
            default = default_of(parameter)
            if parameter.name not in stated and default is not None:
                found[parameter.name] = parse(default, parameter.type)
        return found


def _is_entity(path: ResourcePath, schema: Schema) -> bool:
    return not path.type.collection and not path.is_result and isinstance(schema.types.get(path.type.name), EntityType)


def _entity_path(path: ResourcePath) -> ResourcePath:
    """The path to the entity that a path of properties begins at."""
    place = next(number for number, step in enumerate(path.steps) if isinstance(step, PropertyStep | DynamicStep))
    steps = path.steps[:place]
    entered = [step for step in steps if isinstance(step, EntitySetStep | NavigationStep)][-1]
    source = entered.entity_set if isinstance(entered, EntitySetStep) else entered.target
    assert source is not None, "entities live in a source"
    casts = [step.entity_type for step in steps[steps.index(entered) :] if isinstance(step, CastStep)]
    return replace(path, steps=steps, type=TypeRef([source.entity_type, *casts][-1]), entity_set=source)


def _iterated(result: object) -> Iterable[object]:
    if not isinstance(result, Iterable):
        raise TypeError(f"An operation gave {result!r:.60}, and entities are expected.")
    return result


def _check_nullable(parameter: Parameter) -> None:
    if not parameter.type.nullable or parameter.type.collection:
        raise PayloadError(
            f"The parameter '{parameter.name}' is missing.",
            target=parameter.name,
            hint=f'Add "{parameter.name}" with a value of type {parameter.type}.',
        )
