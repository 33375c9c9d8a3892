"""Functions and actions that Python code carries out: which body belongs to which overload of the model."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from odata_service.edm.model import Schema
from odata_service.edm.operations import Action, Function, Operation
from odata_service.errors import NotSupported, did_you_mean
from odata_service.semantics.operations import is_optional, parameters_of

Body = Callable[..., Any]
"""What carries out an operation: it takes the call, what the operation is bound to, and the parameters by name."""

Decorated = TypeVar("Decorated", bound=Body)


class Operations:
    """The bodies of a service's operations by the operations' qualified names."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._bodies: dict[str, list[Body]] = {}

    def register(self, name: str, kind: type[Action] | type[Function]) -> Callable[[Decorated], Decorated]:
        """The decorator that makes a function the body of every overload whose parameters it takes.

        `ValueError` where the model has no such operation, or the body takes the parameters of no overload.
        """
        overloads = [known for known in self._schema.operations.get(name, ()) if isinstance(known, kind)]
        if not overloads:
            known = [other for other, found in self._schema.operations.items() if isinstance(found[0], kind)]
            what = kind.__name__.lower()
            raise ValueError(f"The model has no {what} '{name}'. {did_you_mean(name, known) or ''}".strip())

        def decorate(body: Decorated) -> Decorated:
            if not any(_takes(body, overload) for overload in overloads):
                forms = " or ".join(_form(overload) for overload in overloads)
                raise ValueError(f"The body of '{name}' takes the parameters of no overload: write {forms}.")
            self._bodies.setdefault(name, []).append(body)
            return body

        return decorate

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
