"""Code around reads and writes: which functions run before and after what happens to the entities of a source.

Where they run is a matter of `service.hooked`; here is what a service has been told.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from odata_service.edm.model import EntitySet, Schema
from odata_service.errors import did_you_mean

Hook = Callable[..., Any]
"""A function that is called with a `Call` and what its moment has; what it returns is ignored."""

Registered = TypeVar("Registered", bound=Hook)

MOMENTS: Mapping[str, tuple[str, ...]] = {
    "before_create": ("call", "values"),
    "after_create": ("call", "entity"),
    "before_read": ("call",),
    "after_read": ("call", "entities"),
    "before_update": ("call", "entity", "values"),
    "after_update": ("call", "entity"),
    "before_delete": ("call", "entity"),
    "after_delete": ("call", "entity"),
}
"""What the hooks of each moment are called with."""


class Hooks:
    """The hooks of a service by moment and source, each in the order in which they were registered.

    `call_of` makes what a hook works with, out of the workshop of its request. `ends` keeps of sources, by name, what
    `hooked_endings` finds of these hooks.
    """

    def __init__(self, call_of: Callable[[Any], object]) -> None:
        self.call_of = call_of
        self.ends: dict[str, bool] = {}
        self._known: dict[tuple[str, str], tuple[Hook, ...]] = {}

    def register(self, moment: str, source: EntitySet) -> Callable[[Registered], Registered]:
        """The decorator that adds a hook; `ValueError` for one that cannot be called with what its moment has."""

        def decorate(hook: Registered) -> Registered:
            _check_form(hook, moment)
            place = moment, source.name
            self._known[place] = (*self._known.get(place, ()), hook)
            self.ends.clear()
            return hook

        return decorate

    def of(self, moment: str, source: EntitySet) -> tuple[Hook, ...]:
        """The hooks of a moment in the life of a source's entities."""
        return self._known.get((moment, source.name), ())

    def around(self, operation: str, source: EntitySet) -> bool:
        """Whether there are hooks before or behind an operation: `create`, `read`, `update` or `delete`."""
        return bool(self.of(f"before_{operation}", source) or self.of(f"after_{operation}", source))

    @property
    def reads(self) -> frozenset[str]:
        """The names of the sources that have hooks around reads."""
        return frozenset(name for moment, name in self._known if moment.endswith("_read"))


def source_named(name: str, schema: Schema) -> EntitySet:
    """The entity set, singleton or source of contained entities of a name; `ValueError` tells the nearest one."""
    source = schema.source(name)
    if source is None:
        nearest = did_you_mean(name, list(schema.sources.by_name)) or "The service has no entity sets."
        raise ValueError(f"There is no entity set '{name}'. {nearest}")
    return source


def _check_form(hook: Hook, moment: str) -> None:
    expected = MOMENTS[moment]
    try:
        inspect.signature(hook).bind(*expected)
    except TypeError as error:
        raise ValueError(f"A hook of {moment} takes ({', '.join(expected)}): {error}.") from error
