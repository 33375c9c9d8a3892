"""Bodies of functions that expressions ask: called with values, and with the entities that keys among these tell.

They belong to the request that is being answered, as a body does that the path calls, and see everything.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import local

from odata_service.edm.computations import Argument, Code
from odata_service.edm.model import EntitySet, Schema
from odata_service.edm.operations import Function
from odata_service.edm.structured import Value
from odata_service.edm.types import TypeRef
from odata_service.payload import native_value
from odata_service.semantics.operations import parameters_of
from odata_service.service.address import Keys
from odata_service.service.call import Call
from odata_service.service.entities import Entity, cell_value, entities_given, entities_of
from odata_service.service.invoke import Invoker
from odata_service.service.message import Request
from odata_service.service.operations import Operations
from odata_service.service.workshop import Workshop
from odata_service.storage import Work
from odata_service.storage.store import Values

_AT_ONCE = 1_000
"""The entities of so many calls are read together."""


class Codes:
    """Who carries out the functions that statements ask; `serving` gives what those of a request work with."""

    def __init__(self, operations: Operations, serving: Callable[[Request], Workshop]) -> None:
        self._operations = operations
        self._serving = serving
        self._local = local()

    @contextmanager
    def asked_by(self, request: Request) -> Iterator[None]:
        """The time in which this thread answers a request."""
        around = getattr(self._local, "request", None)
        self._local.request = request
        try:
            yield
        finally:
            self._local.request = around

    @property
    def request(self) -> Request:
        """The request that this thread answers."""
        found: Request = self._local.request
        return found

    def work_of(self, code: Code) -> Work:
        """What calls the body of a function; `NotSupported` where it has none."""
        function = code.carried_by
        assert isinstance(function, Function), "computed properties carry themselves out"
        body, request = self._operations.body(function), self.request
        workshop = self._serving(request)
        call = Call(request, workshop, function)
        names = [parameter.name for parameter in parameters_of(function)]

        def work(rows: Sequence[Values], check_time: Callable[[], None]) -> Iterator[Value]:
            for first in range(0, len(rows), _AT_ONCE):
                some = rows[first : first + _AT_ONCE]
                reading = _Reading(code, call, _entities(code, some, workshop))
                for row in some:
                    check_time()
                    arguments = list(reading.arguments(row))
                    bound = arguments[: len(arguments) - len(names)]
                    named = dict(zip(names, arguments[len(bound) :], strict=True))
                    yield self._result(body(call, *bound, **named), code, function, workshop)

        return work

    def _result(self, made: object, code: Code, function: Function, workshop: Workshop) -> Value:
        """What a body gave, of entities a part of their keys."""
        if code.source is None:
            return native_value(made, function.return_type.type, workshop.schema)
        keys = Invoker(workshop, self._operations).keys(made, _source(code.source, workshop.schema))
        parts = tuple(key[code.part] for key in keys)
        return parts if code.type.collection else next(iter(parts), None)


def _entities(code: Code, rows: Sequence[Values], workshop: Workshop) -> Mapping[tuple[str, Keys], Entity]:
    """The entities that the calls are about, by source and key."""
    wanted: dict[str, dict[Keys, None]] = {}
    for row in rows:
        for argument, values in _parted(code, row):
            if argument.source is not None and not argument.whole:
                wanted.setdefault(argument.source, {})[values] = None
    found: dict[tuple[str, Keys], Entity] = {}
    for name, keys in wanted.items():
        source = _source(name, workshop.schema)
        given = [key for key in keys if None not in key]
        read = entities_of(source, workshop) if source.is_single else entities_given(source, given, workshop)
        found.update({(name, entity.key): entity for entity in read})
    return found


def _source(name: str, schema: Schema) -> EntitySet:
    source = schema.source(name)
    assert source is not None, "the resolver knows the sources"
    return source


def _parted(code: Code, row: Values) -> Iterator[tuple[Argument, Keys]]:
    """The arguments of a body, each with the values that tell it."""
    place = 0
    for argument in code.arguments:
        yield argument, tuple(row[place : place + argument.size])
        place += argument.size


class _Reading:
    """The arguments of calls, with the entities that have been read for them."""

    def __init__(self, code: Code, call: Call, entities: Mapping[tuple[str, Keys], Entity]) -> None:
        self._code = code
        self._call = call
        self._entities = entities

    def arguments(self, row: Values) -> Iterator[object]:
        """What a body is called with for a row of values."""
        function = self._code.carried_by
        assert isinstance(function, Function), "see work_of"
        for (argument, values), parameter in zip(_parted(self._code, row), function.parameters, strict=True):
            yield self._argument(argument, values, parameter.type)

    def _argument(self, argument: Argument, values: Keys, type_ref: TypeRef) -> object:
        workshop = self._call.workshop
        if argument.source is None:
            return cell_value(values[0], type_ref, workshop.schema)
        if argument.whole:
            return entities_of(_source(argument.source, workshop.schema), workshop)
        entity = self._entities.get((argument.source, values))
        if entity is None or argument.navigation is None:
            return entity
        return self._call.related(entity, argument.navigation)
