"""Foreign keys become navigation properties, both ways; tables of pairs become collections on both sides (CSDL 8).

A table that holds nothing but two foreign keys, each to the key of another table, is a pure link table: it has no
entities of its own. One with further columns is an entity type like any other.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.database.catalogue import Reference, Table
from odata_service.definition.naming import plural
from odata_service.definition.table_names import Names, joined, plural_of, role, to_many_names, to_one_names
from odata_service.edm.annotations import LINK_TABLE, Annotation, Record
from odata_service.edm.model import NavigationProperty, ReferentialConstraint
from odata_service.errors import Origin

_ON_DELETE = {"CASCADE": "Cascade", "SET NULL": "SetNull", "SET DEFAULT": "SetDefault"}


def is_link_table(table: Table, tables: Mapping[str, Table]) -> bool:
    """Whether a table holds pairs of keys and nothing else."""
    if len(table.references) != 2 or table.is_view:
        return False
    first, second = table.references
    names = (*first.columns, *second.columns)
    targets = [tables.get(reference.table) for reference in table.references]
    to_keys = all(
        target is not None and target.name != table.name and set(target.key) == set(reference.referenced)
        for target, reference in zip(targets, table.references, strict=True)
    )
    is_unique = not table.key or set(table.key) == set(names)
    return to_keys and is_unique and sorted(names) == sorted(column.name for column in table.columns)


class Naming(Struct, frozen=True):
    """Qualified type names by table, property names by table and column."""

    types: Mapping[str, str]
    properties: Mapping[tuple[str, str], str]

    def of(self, table: str, columns: Sequence[str]) -> tuple[str, ...]:
        """The properties of columns."""
        return tuple(self.properties[table, column] for column in columns)

    def follows(self, table: Table, reference: Reference) -> bool:
        """Whether both ends of a foreign key are part of the model."""
        ends = [(table.name, column) for column in reference.columns]
        ends += [(reference.table, column) for column in reference.referenced]
        return len(ends) == 2 * len(reference.columns) and all(end in self.properties for end in ends)


class _Way(Struct, frozen=True):
    """A foreign key with the table that holds it."""

    table: Table
    reference: Reference


class Relations(Struct):
    """The navigation properties of all tables, by table."""

    tables: Mapping[str, Table]
    naming: Naming
    origin: Origin
    scopes: dict[str, Names] = field(default_factory=dict)
    found: dict[str, list[NavigationProperty]] = field(default_factory=dict)

    def collect(self, links: Sequence[Table]) -> Mapping[str, Sequence[NavigationProperty]]:
        """All of them: ways to one, ways back, then pairs, so that the plainest names go to the plainest ways."""
        self.scopes = {name: Names() for name in self.tables}
        self.found = {name: [] for name in self.tables}
        for (name, _), part in self.naming.properties.items():
            self.scopes[name].taken.add(part.lower())
        ways = [
            _Way(table, reference)
            for table in self.tables.values()
            for reference in table.references
            if self.naming.follows(table, reference)
        ]
        several = Counter((way.table.name, way.reference.table) for way in ways)
        forward = [self.scopes[way.table.name].first_free(self._to_one_names(way)) for way in ways]
        for way, name in zip(ways, forward, strict=True):
            back = self._back(way, name, ambiguous=several[way.table.name, way.reference.table] > 1)
            self.found[way.table.name].append(self._forward(way, name, back.name))
            self.found[way.reference.table].append(back)
        for link in links:
            self._link(link)
        return self.found

    @staticmethod
    def _to_one_names(way: _Way) -> list[str]:
        return to_one_names(way.reference.columns, way.reference.table)

    def _forward(self, way: _Way, name: str, partner: str) -> NavigationProperty:
        table, reference = way.table, way.reference
        pairs = zip(
            self.naming.of(table.name, reference.columns),
            self.naming.of(reference.table, reference.referenced),
            strict=True,
        )
        return NavigationProperty(
            name,
            self.naming.types[reference.table],
            nullable=any(table.column(name).nullable and name not in table.key for name in reference.columns),
            partner=partner,
            referential_constraints=tuple(ReferentialConstraint(*pair) for pair in pairs),
            origin=self.origin,
        )

    def _back(self, way: _Way, partner: str, *, ambiguous: bool) -> NavigationProperty:
        table, reference = way.table, way.reference
        single = any(set(unique) == set(reference.columns) for unique in (table.key, *table.unique))
        names = to_many_names(
            table.name, reference.columns, single=single, ambiguous=ambiguous, own=table.name == reference.table
        )
        return NavigationProperty(
            self.scopes[reference.table].first_free(names),
            self.naming.types[table.name],
            collection=not single,
            partner=partner,
            on_delete=_ON_DELETE.get(reference.on_delete.upper()),
            origin=self.origin,
        )

    def _link(self, link: Table) -> None:
        """The two collections of a table of pairs."""
        first, second = (self._in_key_order(reference) for reference in link.references)
        own = first.table == second.table
        names = [
            self.scopes[here.table].first_free(
                [
                    plural(role(there.columns) or there.columns[0]) if own else plural_of(there.table),
                    joined(plural_of(there.table), "by", link.name),
                ]
            )
            for here, there in ((first, second), (second, first))
        ]
        sides = ((first, second, names[0], names[1]), (second, first, names[1], names[0]))
        for here, there, name, partner in sides:
            described = Record({"Table": link.name, "Source": here.columns, "Target": there.columns})
            self.found[here.table].append(
                NavigationProperty(
                    name,
                    self.naming.types[there.table],
                    collection=True,
                    partner=partner,
                    annotations=(Annotation(LINK_TABLE, described),),
                    origin=self.origin,
                )
            )

    def _in_key_order(self, reference: Reference) -> Reference:
        """The foreign key with its columns in the order of the key that they refer to."""
        by_referenced = dict(zip(reference.referenced, reference.columns, strict=True))
        key = self.tables[reference.table].key
        return replace(reference, columns=tuple(by_referenced[part] for part in key), referenced=key)
