"""Functions and actions that Python code carries out: which body belongs to which overload of the model."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from odata_service.edm.model import Schema
from odata_service.edm.operations import Action, Function, Operation
from odata_service.errors import NotSupported, ODataError, did_you_mean
from odata_service.semantics.advertised import bound_to
from odata_service.semantics.model_functions import check_expression
from odata_service.semantics.operations import is_optional, parameters_of
from odata_service.semantics.resolved import Query
from odata_service.service.signatures import operation_of, with_operation

Body = Callable[..., Any]
"""What carries out an operation: it takes the call, what the operation is bound to, and the parameters by name."""

Decorated = TypeVar("Decorated", bound=Body)


class Operations:
    """The bodies of a service's operations by the operations' qualified names.

    `changed` is called with a schema in which an operation is added, or has got an expression.
    """

    def __init__(self, schema: Schema, changed: Callable[[Schema], None]) -> None:
        self._schema = schema
        self._changed = changed
        self._bodies: dict[str, list[Body]] = {}

    @property
    def has_functions(self) -> bool:
        """Whether code carries out anything that expressions may ask."""
        return bool(self._bodies)

    def use(self, schema: Schema) -> None:
        """Goes on with a schema in which more than operations may be others."""
        self._schema = schema

    def register(
        self, name: str, kind: type[Action] | type[Function], expression: str | None = None, *, bound: bool = False
    ) -> Callable[[Decorated], Decorated]:
        """The decorator that makes a function the body of every overload whose parameters it takes.

        One that takes those of no overload adds its own, where its annotations say all types. `ValueError` where they
        do not, and for an expression that says something else than the operation.
        """
        if expression is not None and self._overloads(name, kind):
            self._express(name, expression)

        def decorate(body: Decorated) -> Decorated:
            if not any(_takes(body, overload) for overload in self._overloads(name, kind)):
                self._add(name, kind, body, bound=bound)
                if expression is not None:
                    self._express(name, expression)
            self._bodies.setdefault(name, []).append(body)
            return body

        return decorate

    def _overloads(self, name: str, kind: type[Action] | type[Function]) -> list[Operation]:
        return [known for known in self._schema.operations.get(name, ()) if isinstance(known, kind)]

    def _add(self, name: str, kind: type[Action] | type[Function], body: Body, *, bound: bool) -> None:
        """Adds the overload that the annotations of a body describe."""
        overloads = self._overloads(name, kind)
        try:
            operation = operation_of(name, kind, body, self._schema, bound=bound)
        except ValueError as error:
            if overloads:
                forms = " or ".join(_form(overload) for overload in overloads)
                raise ValueError(
                    f"The body of '{name}' takes the parameters of no overload: write {forms}. {error}"
                ) from error
            known = [other for other, found in self._schema.operations.items() if isinstance(found[0], kind)]
            nearest = did_you_mean(name, known) or ""
            what = f"The model has no {kind.__name__.lower()} '{name}'."
            raise ValueError(f"{what} {nearest}".strip() if nearest else f"{what} {error}") from error
        self._schema = with_operation(operation, self._schema)
        self._changed(self._schema)

    def _express(self, name: str, expression: str) -> None:
        """Gives an expression to every overload that it fits."""
        found: list[Operation] = []
        wrong: list[ODataError] = []
        for operation in self._schema.operations[name]:
            stated = replace(operation, expression=expression) if isinstance(operation, Function) else operation
            try:
                if isinstance(stated, Function):
                    check_expression(stated, self._schema)
                found.append(stated)
            except ODataError as error:
                wrong.append(error)
                found.append(operation)
        if len(wrong) == len(found):
            raise ValueError(f"The expression of '{name}' does not fit: {wrong[0].message}")
        self._schema = replace(self._schema, operations={**self._schema.operations, name: tuple(found)})
        self._changed(self._schema)

    def told(self, query: Query, level: str, *, read_only: bool) -> Query:
        """A query whose entities tell of the operations that can be called, where the level of metadata is full.

        With $select they tell of those that it names; where nothing may change, of no action.
        """
        path, options = query.path, query.options
        is_of_entities = query.property is None and path.entity_set is not None and not (path.is_ref or path.joined)
        if level != "full" or not is_of_entities or options.selection.explicit or options.apply is not None:
            return query
        bound = bound_to(path.type.name, self._schema)
        found = tuple(known for operation, known in bound if self._can_be_called(operation, read_only))
        return replace(query, options=replace(options, selection=replace(options.selection, operations=found)))

    def _can_be_called(self, operation: Operation, read_only: bool) -> bool:
        if isinstance(operation, Function):
            return operation.expression is not None or self.has_body(operation)
        return self.has_body(operation) and not read_only

    def has_body(self, operation: Operation) -> bool:
        """Whether code carries an overload out."""
        return any(_takes(body, operation) for body in self._bodies.get(operation.name, ()))

    def body(self, operation: Operation) -> Body:
        """The body of an overload; `NotSupported` where there is none."""
        for body in self._bodies.get(operation.name, ()):
            if _takes(body, operation):
                return body
        decorator = "action" if isinstance(operation, Action) else "function"
        raise NotSupported(
            f"'{operation.name}' is declared, and nothing carries it out.",
            target=operation.name,
            hint=f'Register its body: @service.{decorator}("{operation.name}"), in the file of --code.',
        )


def _takes(body: Body, operation: Operation) -> bool:
    """Whether a body can be called with all parameters of an overload, and without the optional ones."""
    parameters = parameters_of(operation)
    needed = [parameter.name for parameter in parameters if not is_optional(parameter)]
    signature, first = inspect.signature(body), [None] * (2 if operation.bound else 1)
    return all(_binds(signature, first, names) for names in ([known.name for known in parameters], needed))


def _binds(signature: inspect.Signature, first: Sequence[None], names: Sequence[str]) -> bool:
    try:
        signature.bind(*first, **dict.fromkeys(names))
    except TypeError:
        return False
    return True


def _form(operation: Operation) -> str:
    names = ["call", *(["bound"] if operation.bound else []), *(known.name for known in parameters_of(operation))]
    return f"({', '.join(names)})"
