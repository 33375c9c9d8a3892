"""What code tells a service before its first request: operations, computed values, hooks, rules, who callers are."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TypeVar

from odata_service.challenges import key_option
from odata_service.edm.model import Schema
from odata_service.edm.operations import Action, Function
from odata_service.service.aggregation import Aggregating, is_complete, with_method
from odata_service.service.computations import ComputedBy, with_code, with_expression
from odata_service.service.custom_aggregates import with_aggregate
from odata_service.service.hooks import Hooks, Registered, source_named
from odata_service.service.identity import Authenticator, Identification
from odata_service.service.operations import Decorated, Operations
from odata_service.service.row_rules import RuleBook, RuleRegistered

Identifying = TypeVar("Identifying", bound=Authenticator)


class Registrations(ABC):
    """The decorators of a service, and what they have been given.

    `_is_plain` tells that nothing stands around reads and writes.
    """

    schema: Schema

    def __init__(self, operations: Operations, hooks: Hooks) -> None:
        self._operations = operations
        self._hooks = hooks
        self._rules = RuleBook()
        self._is_plain = True
        self._identification: Identification | None = None

    @abstractmethod
    def _extend(self, schema: Schema) -> None:
        """Goes on with a schema that says more."""

    def function(
        self, name: str, *, expression: str | None = None, bound: bool = False
    ) -> Callable[[Decorated], Decorated]:
        """The decorator that makes Python code the body of a function: of the overloads whose parameters it takes.

        The body is called with a `Call`, what the function is bound to, and the parameters by their names. It gives
        entities, mappings with the key of such, or a value of the function's type. A function that the model does not
        have is added to it where the body's annotations say its types; `bound` tells that the parameter behind the call
        is what it is bound to, as an `Entity` is without being told.

        `expression` says the same as URLs say it, `price mul (1 add @tax)`: it makes the function one that expressions
        can call. `ValueError` for one that does not fit; with a function of the model it needs no body.
        """
        return self._operations.register(name, Function, expression, bound=bound)

    def action(self, name: str, *, bound: bool = False) -> Callable[[Decorated], Decorated]:
        """The decorator that makes Python code the body of an action; it runs inside a transaction. See `function`."""
        return self._operations.register(name, Action, bound=bound)

    def computed(
        self, type_name: str, name: str, *, expression: str | None = None
    ) -> Callable[[ComputedBy], ComputedBy]:
        """Gives a property of an entity type its value, instead of what is kept of it; nobody writes it.

        With an `expression`, `price mul quantity`, it stands wherever properties do, and nothing is decorated. Else
        this is the decorator of a function of other properties by their names, called whenever the property is read,
        or an expression asks for it. `ValueError` for what does not fit the model.
        """
        if expression is not None:
            self._extend(with_expression(type_name, name, expression, self.schema))

        def decorate(function: ComputedBy) -> ComputedBy:
            if expression is not None:
                raise ValueError(f"'{type_name}/{name}' has the value of its expression, and asks no function.")
            self._extend(with_code(type_name, name, function, self.schema))
            return function

        return decorate

    def aggregation_method(
        self,
        name: str,
        *,
        takes: object = None,
        gives: object = None,
        sql: str | Mapping[str, str] | None = None,
    ) -> Callable[[Aggregating], Aggregating]:
        """The decorator of a custom aggregation method: a function of the values of a group, as one list.

        Its annotations say what it takes and gives, `values: list[Decimal]) -> Decimal`, as do `takes` and `gives`,
        Python types or names of EDM types; without them it takes what it is asked for, and gives the like. It is not
        asked for no values at all, which give null. `sql` is an aggregate for all databases, or for some by `sqlite`,
        `postgresql` and `mariadb`, with `{0}` for the value of each row: where there is one the database does the work,
        and where all have one nothing needs to be decorated. `ValueError` for what does not fit.
        """
        types = (takes, gives)
        if is_complete(sql):
            self._extend(with_method(name, types, sql, None, self.schema))

        def decorate(body: Aggregating) -> Aggregating:
            self._extend(with_method(name, types, sql, body, self.schema))
            return body

        return decorate

    def custom_aggregate(self, holder: str, name: str, *, expression: str) -> None:
        """Says how a custom aggregate of the definition is worked out: `expression="Amount mul 1.1 with sum"`.

        `holder` is the entity set or entity type that has it by the annotation `Aggregation.CustomAggregate`, with
        `name` for its qualifier. The expression is one aggregate as `aggregate(…)` takes it, without `as` and `from`,
        of the type that the annotation names. `ValueError` for what does not fit.
        """
        self._extend(with_aggregate(holder, name, expression, self.schema))

    def before_create(self, name: str) -> Callable[[Registered], Registered]:
        """The decorator of a hook `(call, values)`: it may change what a new entity begins with, or refuse it.

        Hooks run in the order of their registration, inside the transaction of the write, and whichever way an entity
        is written. Any `ODataError` that one raises is the answer, and nothing is done. `values` are those of the
        body by name; what a hook sets is checked as they are, and may be computed or immutable.
        """
        return self._hook("before_create", name)

    def after_create(self, name: str) -> Callable[[Registered], Registered]:
        """The decorator of a hook `(call, entity)` that runs when an entity has been created."""
        return self._hook("after_create", name)

    def before_read(self, name: str) -> Callable[[Registered], Registered]:
        """The decorator of a hook `(call)` that runs before entities of a set are read to be shown or counted."""
        return self._hook("before_read", name)

    def after_read(self, name: str) -> Callable[[Registered], Registered]:
        """The decorator of a hook `(call, entities)`: what was read of a set, before the client sees it."""
        return self._hook("after_read", name)

    def before_update(self, name: str) -> Callable[[Registered], Registered]:
        """The decorator of a hook `(call, entity, values)`: the entity as it is, and what is to change of it."""
        return self._hook("before_update", name)

    def after_update(self, name: str) -> Callable[[Registered], Registered]:
        """The decorator of a hook `(call, entity)` that runs when an entity has been changed."""
        return self._hook("after_update", name)

    def before_delete(self, name: str) -> Callable[[Registered], Registered]:
        """The decorator of a hook `(call, entity)` that runs before an entity is deleted."""
        return self._hook("before_delete", name)

    def after_delete(self, name: str) -> Callable[[Registered], Registered]:
        """The decorator of a hook `(call, entity)`: the entity as it was before it was deleted."""
        return self._hook("after_delete", name)

    def _hook(self, moment: str, name: str) -> Callable[[Registered], Registered]:
        decorate = self._hooks.register(moment, source_named(name, self.schema))
        self._is_plain = False
        return decorate

    def authenticate(self, challenge: str) -> Callable[[Identifying], Identifying]:
        """The decorator of the function that finds out who sends a request: it gives a `Principal`, or None.

        None is answered 401 with the challenge, as in `@service.authenticate('Basic realm="shop", charset="UTF-8"')`.
        Without such a function nobody is asked, and `call.principal` is what the host has found out.
        """

        def decorate(authenticator: Identifying) -> Identifying:
            self._identification = Identification(authenticator, challenge, key_option(challenge))
            return authenticator

        return decorate

    def rows(self, name: str) -> Callable[[RuleRegistered], RuleRegistered]:
        """The decorator of a rule: which entities of a set there are for a principal (None where nobody is known).

        It gives the text of a $filter, or that with the values of its aliases, as in
        `("owner eq @me", {"me": principal.name})`; None or True for all, False for none. All others are not there for
        the caller, whichever way a request would meet them, and cannot be written: what would be one of them is
        refused as 403. Operations and hooks see everything.
        """
        decorate = self._rules.register(source_named(name, self.schema))
        self._is_plain = False
        return decorate
