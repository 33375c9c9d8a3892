"""The components of a description: each is made once, when something first refers to it.

So everything that is referred to is there, nothing else is, and what many paths share is written once.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal

Json = dict[str, object]
Section = Literal["parameters", "responses", "schemas"]

SECTIONS: tuple[Section, ...] = ("parameters", "responses", "schemas")
"""In the order in which they are written: what stands in one refers to the same and to later ones alone."""

_PLAIN = re.compile(r"[^A-Za-z0-9._]")


class Components:
    """What has been referred to so far."""

    def __init__(self) -> None:
        self._makers: dict[Section, dict[str, Callable[[], Json]]] = {section: {} for section in SECTIONS}

    def ref(self, section: Section, name: str, make: Callable[[], Json]) -> Json:
        """A reference to a component; `make` gives it, at most once and when it is written."""
        self._makers[section].setdefault(name, make)
        return {"$ref": f"#/components/{section}/{name}"}

    def written(self, section: Section) -> Iterator[tuple[str, Json]]:
        """Every component of a section by its name, also those that others of it refer to."""
        makers = self._makers[section]
        done = 0
        while done < len(makers):
            for name in list(makers)[done:]:
                yield name, makers[name]()
                done += 1


def component_name(name: str, suffix: str = "") -> str:
    """The name of a component for one of the model: other characters than OpenAPI takes are written as their numbers.

    No name of OData has a hyphen, so what stands behind one is no part of it.

    >>> component_name("ns.Größe", "create")
    'ns.Gr-f6-df-e-create'
    """
    plain = _PLAIN.sub(lambda match: f"-{ord(match[0]):x}-", name).replace("--", "-")
    return f"{plain}-{suffix}" if suffix else plain
