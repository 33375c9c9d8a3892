"""The containers that documents state in, the one of the service out: those that it extends are part of it (CSDL 13.1).

A document that is only referred to may have a container of its own, for its own service: that is no part of this one,
unless it is extended.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.document import ExternalAnnotations
from odata_service.edm.draft import ContainerDraft


class Containers(Struct, frozen=True):
    """The container of the service, what it is made of, and what is left over.

    `parts` has it first, then what it extends; `strangers` are those of sources that were given, and that it does not
    extend; `others` those of documents that are only referred to.
    """

    parts: tuple[ContainerDraft, ...]
    strangers: tuple[ContainerDraft, ...]
    others: tuple[ContainerDraft, ...]

    def annotated(self, stated: Sequence[ExternalAnnotations]) -> list[ExternalAnnotations]:
        """Annotations with targets in the service's container; those in others are none of its."""
        main = self.parts[0].name
        places: dict[str | None, str | None] = {part.name: main for part in self.parts}
        places.update((other.name, None) for other in self.others)
        found = []
        for external in stated:
            root, slash, rest = external.target.partition("/")
            place = places.get(root, root)
            if place is not None:
                found.append(replace(external, target=f"{place}{slash}{rest}") if place != root else external)
        return found


def containers_of(stated: Mapping[str, ContainerDraft]) -> Containers:
    """The container that no other extends, with all that it extends; the first, where there are several of them.

    Where no document that was given has one, that of a document referred to is the service's.
    """
    given = [container for container in stated.values() if container.is_given] or list(stated.values())
    extended = {container.extends for container in given if container.extends != container.name}
    main = next((container for container in given if container.name not in extended), given[0])
    parts = [main]
    while (following := stated.get(parts[-1].extends or "")) is not None and following not in parts:
        parts.append(following)
    left = [container for container in stated.values() if container not in parts]
    strangers = tuple(container for container in left if container in given)
    return Containers(tuple(parts), strangers, tuple(container for container in left if container not in strangers))
