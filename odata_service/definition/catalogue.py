"""All pages that were given in, one description of each type out, and the look-ups by which pages find each other.

Pages link by file and by name, in any letter case; several pages may describe parts of one type.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from odata_service.definition.enumerations import EnumFacts
from odata_service.definition.resource_page import MemberRow, ResourcePage
from odata_service.definition.type_cell import TypeCell
from odata_service.errors import Problem

# Every Graph entity inherits from one of these; their own pages are seldom given.
ENTITY_BASES = frozenset({"entity", "directoryobject", "outlookitem", "baseitem", "policybase", "stspolicy"})


class Catalogue:
    """The described types by name and by page, the enumerations, and the problems found while they were collected.

    `sources` has the number of the source that each file belongs to.
    """

    def __init__(
        self, pages: Iterable[ResourcePage], enumerations: Iterable[EnumFacts], sources: Mapping[str, int]
    ) -> None:
        self.problems: list[Problem] = []
        self._sources = sources
        self.types: dict[str, ResourcePage] = {}
        for page in pages:
            key = page.name.lower()
            known = self.types.get(key)
            self.types[key] = page if known is None else self._merged(known, page)
        self._by_short: dict[str, list[ResourcePage]] = {}
        self._by_stem: dict[str, ResourcePage] = {}
        for page in self.types.values():
            self._by_short.setdefault(page.short_name.lower(), []).append(page)
            for stem in page.stems:
                self._by_stem.setdefault(stem, page)
        self.enumerations: dict[str, EnumFacts] = {}
        self._enum_by_place: dict[tuple[str, str | None], EnumFacts] = {}
        self._enum_by_short: dict[str, EnumFacts] = {}
        for found in enumerations:
            self._add_enumeration(found)
        self._bases = {page.name: self._find_base(page) for page in self.types.values()}
        self._cut_cycles()
        self._children: dict[str, list[ResourcePage]] = {}
        for page in self.types.values():
            base = self._bases[page.name]
            if base is not None:
                self._children.setdefault(base.name, []).append(page)

    def _add_enumeration(self, found: EnumFacts) -> None:
        name = f"{found.namespace}.{found.name}".lower()
        first = self.enumerations.setdefault(name, found)
        if first is not found and found.members != first.members and found.anchor is None:
            message = f"Enumeration '{found.name}' has other members at {first.origin}; the first page counts."
            self.problems.append(Problem("warning", message, found.origin))
        self._enum_by_place.setdefault((found.stem, found.anchor), found)
        self._enum_by_short.setdefault(found.name.lower(), found)

    def _merged(self, first: ResourcePage, further: ResourcePage) -> ResourcePage:
        """The type that both pages describe: the first page's facts, and what the other adds.

        Pages of different sources do not describe parts of one type: they clash.
        """
        files = first.origin.file, further.origin.file
        if len({self._sources[file] for file in files}) > 1 and len({Path(file).parent for file in files}) > 1:
            message = f"Type '{further.name}' is already defined at {first.origin}."
            self.problems.append(Problem("error", message, further.origin))
            return first
        message = f"'{further.name}' is also described at {first.origin}; the pages are read as one."
        self.problems.append(Problem("info", message, further.origin))
        for row, known in _contradictions(first.rows, further.rows):
            message = f"'{row.name}' has another type at {known.origin}, which counts."
            self.problems.append(Problem("warning", message, row.origin))
        example = first.example
        if further.example.members:
            example = replace(example, members={**further.example.members, **example.members})
        return replace(
            first,
            stated_key=first.stated_key or further.stated_key,
            base=first.base or further.base,
            is_open=first.is_open or further.is_open,
            is_abstract=first.is_abstract or further.is_abstract,
            has_stream=first.has_stream or further.has_stream,
            description=first.description or further.description,
            properties=_with_further(first.properties, further.properties),
            relationships=_with_further(first.relationships, further.relationships),
            methods=tuple(dict.fromkeys((*first.methods, *further.methods))),
            example=example,
            problems=(*first.problems, *further.problems),
            further=(*first.further, further),
        )

    def named(self, name: str, namespace: str) -> ResourcePage | None:
        """The type of a name, qualified or not, in any letter case; one of the namespace before all others."""
        wanted = name.lower()
        known = self.types.get(wanted) or self.types.get(f"{namespace}.{wanted}".lower())
        if known is not None or "." in wanted:
            return known
        return next(iter(self._by_short.get(wanted, ())), None)

    def enumeration(self, name: str, namespace: str) -> EnumFacts | None:
        """The enumeration of a name, qualified or not, in any letter case."""
        wanted = name.lower()
        known = self.enumerations.get(wanted) or self.enumerations.get(f"{namespace}.{wanted}".lower())
        return known or (None if "." in wanted else self._enum_by_short.get(wanted))

    def lookup(self, cell: TypeCell, page: ResourcePage) -> ResourcePage | EnumFacts | None:
        """What a cell on a page leads to: by its link, else by the type's name."""
        if cell.anchor is not None:
            stems = (cell.target,) if cell.target else page.stems
            found = next(
                (self._enum_by_place[place] for stem in stems if (place := (stem, cell.anchor)) in self._enum_by_place),
                None,
            )
            if found is not None:
                return found
        if cell.target is not None:
            linked = self._by_stem.get(cell.target) or self._enum_by_place.get((cell.target, None))
            if linked is not None:
                return linked
        if not cell.name:
            return None
        return self.named(cell.name, page.namespace) or self.enumeration(cell.name, page.namespace)

    def base_of(self, page: ResourcePage) -> ResourcePage | None:
        """The page of a type's base type, where it was given."""
        return self._bases[page.name]

    def derived_from(self, page: ResourcePage) -> Sequence[ResourcePage]:
        """The pages whose types have this one as their base."""
        return self._children.get(page.name, ())

    def ancestry(self, page: ResourcePage) -> list[ResourcePage]:
        """The page and those of its base types that were given, nearest first."""
        chain = [page]
        while (base := self._bases[chain[-1].name]) is not None:
            chain.append(base)
        return chain

    def _find_base(self, page: ResourcePage) -> ResourcePage | None:
        """The base that the page states; else the one that most of its inherited rows name."""
        if page.base is not None:
            found = self._by_stem.get(page.base.target or "") or self.named(page.base.name, page.namespace)
            return None if found is page else found
        names = Counter(row.statements.inherited_from for row in page.rows if row.statements.inherited_from)
        for name, _ in names.most_common():
            found = self.named(str(name), page.namespace)
            if found is not None and found is not page:
                return found
        return None

    def _cut_cycles(self) -> None:
        """Takes the base from a type that would inherit from itself."""
        for page in self.types.values():
            seen = {page.name}
            current = page
            while (base := self._bases[current.name]) is not None:
                if base.name in seen:
                    message = f"'{base.name}' would inherit from itself; '{current.name}' is read without a base type."
                    self.problems.append(Problem("warning", message, current.origin))
                    self._bases[current.name] = None
                    break
                seen.add(base.name)
                current = base


def _with_further(first: tuple[MemberRow, ...], further: tuple[MemberRow, ...]) -> tuple[MemberRow, ...]:
    known = {row.name for row in first}
    return (*first, *(row for row in further if row.name not in known))


def _contradictions(first: Iterable[MemberRow], further: Iterable[MemberRow]) -> Iterator[tuple[MemberRow, MemberRow]]:
    """The rows of the second that give a type otherwise, each with the first one's."""
    known = {row.name: row for row in first}
    for row in further:
        other = known.get(row.name)
        if other is not None and _shape(other.type) != _shape(row.type):
            yield row, other


def _shape(cell: TypeCell) -> tuple[str, bool]:
    return (cell.primitive or cell.name.lower(), cell.collection)
