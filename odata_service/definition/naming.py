"""Names that a page does not state outright: a type's plural, and the entity set's name from what the page shows."""

import re
from collections.abc import Sequence

_ENDINGS = tuple(
    (re.compile(singular, re.DOTALL), ending)
    for singular, ending in (
        (r"(.*[Pp])erson", "eople"),
        (r"(.*[Cc])hild", "hildren"),
        (r"(.*)sis", "ses"),
        (r"(.*(?:ss|us|x|z|ch|sh))", "es"),
        (r"(.*s)", ""),
        (r"(.*[^aeiou])y", "ies"),
        (r"(.*)", "s"),
    )
)
"""How a name ends, and what stands behind its group in the plural; the first that fits counts."""


def plural(name: str) -> str:
    """The English plural of a name, in its letter case; what ends in a plural's `s` stays.

    >>> [plural(name) for name in ("Customer", "country", "Address", "settings", "salesPerson")]
    ['Customers', 'countries', 'Addresses', 'settings', 'salesPeople']
    """
    return next(f"{match[1]}{ending}" for singular, ending in _ENDINGS if (match := singular.fullmatch(name)))


def entity_set_name(type_name: str, segments: Sequence[str], labels: Sequence[str]) -> str:
    """The name of a type's entity set.

    `segments` are the collection segments that API pages' requests end in, best first; `labels` the link texts of the
    Methods table's List rows. Without the former it is the plural of the type's name, in the letter case of the label
    where that holds the same word.

    >>> entity_set_name("Customer", [], ["List Customers"])
    'Customers'
    """
    if segments:
        return segments[0]
    name = plural(type_name)
    words = (word for label in labels for word in label.split())
    return next((word for word in words if word.lower() == name.lower()), name)
