"""What this package knows of vocabularies that others publish: where terms apply, and what values they have."""

from msgspec import Struct

from odata_service.edm.annotations import (
    ALLOWED_VALUES,
    ALTERNATE_KEYS,
    CAPABILITIES,
    COMPUTED,
    COMPUTED_DEFAULT_VALUE,
    DESCRIPTION,
    IMMUTABLE,
    LONG_DESCRIPTION,
    ODATA_VERSIONS,
    OPTIMISTIC_CONCURRENCY,
    Record,
    Value,
)

_DEFAULTS: dict[str, Value] = {}
"""Terms whose default is another value than true."""


class Usage(Struct, frozen=True):
    """How a term is used: what it applies to (nothing: everything), the Python types of its values, and their name."""

    applies_to: tuple[str, ...]
    values: tuple[type, ...]
    takes: str


_PROPERTY = ("Property",)
_SOURCES = ("EntitySet", "Singleton", "Collection")

USAGES = {
    DESCRIPTION: Usage((), (str,), "a text"),
    LONG_DESCRIPTION: Usage((), (str,), "a text"),
    COMPUTED: Usage(_PROPERTY, (bool,), "true or false"),
    COMPUTED_DEFAULT_VALUE: Usage(_PROPERTY, (bool,), "true or false"),
    IMMUTABLE: Usage(_PROPERTY, (bool,), "true or false"),
    ODATA_VERSIONS: Usage(("EntityContainer",), (str,), "a text"),
    ALTERNATE_KEYS: Usage(("EntityType", "EntitySet", "NavigationProperty"), (tuple,), "a collection of records"),
    OPTIMISTIC_CONCURRENCY: Usage(("EntitySet",), (tuple,), "a collection of property paths"),
    ALLOWED_VALUES: Usage(("Property", "Parameter", "TypeDefinition"), (tuple,), "a collection of records"),
    **{
        f"{CAPABILITIES}.{name}Restrictions": Usage(applies_to, (Record,), "a record")
        for name, applies_to in (
            ("Read", _SOURCES),
            ("Insert", ("EntitySet", "Collection")),
            ("Update", _SOURCES),
            ("Delete", _SOURCES),
        )
    },
}
"""The terms of published vocabularies that this package obeys."""


def default_of(term: str) -> Value:
    """The value of an annotation that states none (CSDL 14.3.1): such terms are tags, true by default."""
    return _DEFAULTS.get(term, True)
