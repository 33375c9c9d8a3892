"""Row rules: who sees which entities of a set (see `plan.rules`).

A rule is asked for its condition once a request. The conditions of all rules together are resolved once, for all
principals for whom they differ in nothing but values: what is compiled under them is kept apart from what others see.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import quote

from msgspec import Struct

from odata_service.edm.model import EntitySet
from odata_service.edm.types import BOOLEAN
from odata_service.errors import ODataError
from odata_service.plan.model import Rules
from odata_service.plan.rules import slot_from_end
from odata_service.semantics.conditions import both
from odata_service.semantics.scope import Request as Names
from odata_service.semantics.scope import Scope
from odata_service.semantics.select_expand import resolve_options
from odata_service.semantics.tree import Expression, Parameter
from odata_service.service.cache import ShapeCache
from odata_service.service.compile import Converters, bind, converters_of, slots_of_two_types
from odata_service.service.entities import literal_of, scanned
from odata_service.service.message import Principal, Request
from odata_service.service.workshop import Workshop
from odata_service.url import ScannedLiteral, parse_url

Stated = str | bool | tuple[str, Mapping[str, object]] | None
"""What a rule says: the text of a $filter, alone or with values for aliases; True or None for all, False for none."""

Rule = Callable[[Principal | None], Stated]
RuleRegistered = TypeVar("RuleRegistered", bound=Callable[..., Any])

_PRINCIPAL_CLASSES = 200
"""For how many sets of rules that differ in more than values compiled requests are kept."""


class _Condition(Struct, frozen=True):
    """What one rule says of a source: its text, the values of its aliases as URLs have them, `lists` apart."""

    source: EntitySet
    text: str
    values: tuple[tuple[str, str], ...]
    literals: tuple[ScannedLiteral, ...]
    lists: tuple[tuple[str, str], ...]

    @property
    def shape(self) -> tuple[object, ...]:
        """What it has in common with those that differ in values alone."""
        kinds = tuple((known.option, known.kind) for known in self.literals)
        return self.source.name, self.text, kinds, self.lists


class _Ruled(Struct, frozen=True):
    """A workshop for all who are under the same rules, and how their values are bound."""

    workshop: Workshop
    rules: Rules
    converters: Converters


class RuleBook:
    """The rules of a service by source; what is compiled under them lasts as long as `workshop`."""

    def __init__(self) -> None:
        self._known: list[tuple[EntitySet, Rule]] = []
        self._ruled: ShapeCache[_Ruled] = ShapeCache(_PRINCIPAL_CLASSES)

    def register(self, source: EntitySet) -> Callable[[RuleRegistered], RuleRegistered]:
        """The decorator that adds a rule; a source may have several, of which all hold."""

        def decorate(rule: RuleRegistered) -> RuleRegistered:
            self._known.append((source, rule))
            return rule

        return decorate

    def forget(self) -> None:
        """Drops what was compiled: the schema has changed."""
        self._ruled = ShapeCache(_PRINCIPAL_CLASSES)

    def view(self, request: Request, workshop: Workshop) -> Workshop:
        """The workshop as the principal of a request may see it; `workshop` sees everything."""
        stated = [(source, rule(request.principal)) for source, rule in self._known]
        conditions = [_condition(source, known) for source, known in stated if known is not None and known is not True]
        if not conditions:
            return workshop
        literals = [literal for condition in conditions for literal in condition.literals]
        shape = tuple(condition.shape for condition in conditions)
        found = self._ruled.find(shape, literals)
        if found is None:
            found, fixed = _ruled(conditions, literals, workshop)
            self._ruled.keep(shape, literals, fixed, found)
        mark = partial(_mark, conditions)
        return found.workshop.under(found.rules, bind(found.converters, literals), mark, workshop)


def _mark(conditions: Sequence[_Condition], names: Collection[str]) -> str:
    """What tells the rules of some sources, with their values, from others; empty where they have none."""
    found = [(known.source.name, known.text, known.values, known.lists) for known in conditions]
    met = [known for known in found if known[0] in names]
    return sha256(repr(met).encode()).hexdigest()[:16] if met else ""


def _condition(source: EntitySet, stated: str | bool | tuple[str, Mapping[str, object]]) -> _Condition:
    text, values = stated if isinstance(stated, tuple) else ("false" if stated is False else stated, {})
    if not isinstance(text, str):
        raise TypeError(
            f"A rule of '{source.name}' says {stated!r:.60}; a text, values with it, a bool or None would do."
        )
    plain = {name: value for name, value in values.items() if not isinstance(value, list | tuple | set | frozenset)}
    lists = ((name, json.dumps(sorted(value))) for name, value in values.items() if name not in plain)  # type: ignore[call-overload]  # no plain value is a list
    literals = tuple(scanned(name, value) for name, value in plain.items())
    texts = tuple((name, literal_of(value)) for name, value in plain.items())
    return _Condition(source, text, texts, literals, tuple(lists))


def _ruled(
    conditions: Sequence[_Condition], literals: Sequence[ScannedLiteral], workshop: Workshop
) -> tuple[_Ruled, tuple[int, ...]]:
    """The workshop under some conditions; the places of the literals that are part of their meaning."""
    parameters: list[Parameter] = []
    rules: dict[str, Expression] = {}
    first = 0
    for condition in conditions:
        places = {
            (known.option, known.start, known.text): slot_from_end(first + place, len(literals))
            for place, known in enumerate(condition.literals)
        }
        predicate, found = _resolved(condition, places, workshop)
        parameters += found
        name = condition.source.name
        rules[name] = both(rules.get(name), predicate)
        first += len(condition.literals)
    bound = {parameter.slot + len(literals) for parameter in parameters}
    fixed = tuple(place for place in range(len(literals)) if place not in bound)
    known = tuple(rules.items())
    return _Ruled(workshop.apart(), known, converters_of(parameters, literals)), fixed


def _resolved(
    condition: _Condition, places: Mapping[tuple[str, int, str], int], workshop: Workshop
) -> tuple[Expression, Sequence[Parameter]]:
    """What a condition means, and its parameters; `ValueError` for one that means nothing."""
    limits, source = workshop.settings.limits, condition.source
    aliases = [f"@{name}={quote(text)}" for name, text in (*condition.values, *condition.lists)]
    try:
        url = parse_url("", "&".join((f"$filter={quote(condition.text)}", *aliases)), limits)
        names = Names(workshop.schema, dict(places), limits, dict(url.options.aliases))
        scope = Scope(names, source.entity_type, source, "", "the rule")
        predicate = resolve_options(url.options, scope).filter
    except ODataError as error:
        raise ValueError(f"The rule of '{source.name}' does not fit, '{condition.text}': {error.message}") from error
    assert predicate is not None and predicate.type.name == BOOLEAN.name, "a $filter is a condition"
    doubled = slots_of_two_types(names.parameters)
    if doubled:
        return _resolved(condition, {key: slot for key, slot in places.items() if slot not in doubled}, workshop)
    return predicate, names.parameters
