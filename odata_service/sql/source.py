"""Where rows come from: aliases for the tables of a plan, joined along paths and single-valued navigation."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from peewee import JOIN, SQL, Case, Column, EnclosedNodeList, Expression, Node, Select, Source, Table, fn

from odata_service.edm.leaves import marker_of
from odata_service.edm.model import EntitySet, Schema
from odata_service.edm.types import STRING
from odata_service.plan.model import PathSource, StreamColumn, TypeColumn, VersionColumn
from odata_service.semantics.access import entity_of, path_of
from odata_service.semantics.tree import CastStep, KeyStep, NavigationAccess, NavigationStep, PropertyAccess, TypeTest
from odata_service.sql.existing import kept_column, key_conditions, read_column, version_of
from odata_service.sql.expression import as_kept, balanced, value
from odata_service.sql.families import Codec, Family, Parents
from odata_service.sql.mapping import (
    ID,
    OWNER,
    STREAM_TABLE,
    TYPE,
    ColumnMapping,
    Join,
    LinkTable,
    Mapping,
    kept_type,
)
from odata_service.sql.slots import held


@dataclass(slots=True)
class Tables:
    """The tables of one statement: the source's own, and those that single-valued navigation leads to."""

    mapping: Mapping
    entity_set: EntitySet
    root: Table
    joined: Source
    conditions: list[Node]
    taken: int = 1
    parents: Parents | None = None
    aliases: dict[NavigationAccess, tuple[Table, EntitySet]] = field(default_factory=dict)
    streams: dict[tuple[NavigationAccess | None, str], Table] = field(default_factory=dict)

    @property
    def family(self) -> Family:
        """The family that the statement is for."""
        return self.mapping.family

    def access(self, node: PropertyAccess | NavigationAccess) -> Node:
        """The value of a property; of an entity the first column of its key, which is null where there is none."""
        if isinstance(node, NavigationAccess):
            table, entity_set = self.owner(node)
            return Column(table, self.mapping.tables[entity_set.name].key[0])
        return read_column(*self._column(node), self.mapping)

    def kept(self, node: PropertyAccess) -> tuple[Node, Codec]:
        """The column of a property as it is, and how it keeps values."""
        table, column = self._column(node)
        return kept_column(table, column, self.mapping), self.mapping.codec(column)

    def leaf(self, path: str, owner: NavigationAccess | None) -> tuple[Node, Codec]:
        """The column of a leaf as it is, and how it keeps values."""
        table, column = self._leaf(path, owner)
        return kept_column(table, column, self.mapping), self.mapping.codec(column)

    def _column(self, node: PropertyAccess) -> tuple[Table, ColumnMapping]:
        """The column of a property; of a complex value that has several, the one that is null where it is."""
        path, declared = path_of(node), node.property.type
        if self.mapping.schema.is_taken_apart(declared):
            marker = marker_of(declared, self.mapping.schema)
            assert marker is not None, "the resolver knows that a value that is never null is not null"
            path = f"{path}/{marker}"
        return self._leaf(path, entity_of(node))

    def _leaf(self, path: str, owner: NavigationAccess | None) -> tuple[Table, ColumnMapping]:
        table, entity_set = self.owner(owner)
        return table, self.mapping.tables[entity_set.name].columns[path]

    def type_test(self, node: TypeTest) -> Node:
        """That an entity is of one of some types; false where there is no entity."""
        table, entity_set = self.owner(node.owner)
        if TYPE not in self.mapping.tables[entity_set.name].hidden:
            return SQL(self.family.dialect.false if entity_set.entity_type not in node.types else "1 = 1")
        return fn.coalesce(is_of(table, node.types, self.mapping.schema), SQL(self.family.dialect.false))

    def name(self, owner: NavigationAccess | None) -> tuple[Node, Codec]:
        """The column of an entity's own name as it is, null where it has none, and how it keeps values."""
        table, entity_set = self.owner(owner)
        column = self.mapping.tables[entity_set.name].hidden.get(ID)
        if column is None:
            return SQL("NULL"), self.family.value_codec(STRING)
        return kept_column(table, column, self.mapping), self.mapping.codec(column)

    def stream(self, column: StreamColumn) -> tuple[Node, Codec]:
        """A column of a stream as it is, null where there is no stream, and how it keeps values."""
        place = (column.owner, column.name)
        table = self.streams.get(place)
        if table is None:
            table = self.streams[place] = self._join_stream(column)
        kept = next(known for known in self.mapping.stream_columns() if known.name == column.part)
        return Column(table, kept.name), self.mapping.codec(kept)

    def _join_stream(self, column: StreamColumn) -> Table:
        owner, _ = self.name(column.owner)
        table = Table(STREAM_TABLE).alias(f"s{self.taken}")
        self.taken += 1
        name = next(known for known in self.mapping.stream_columns() if known.name == "name")
        same_owner = Expression(Column(table, OWNER), "=", owner)
        same_name = Expression(Column(table, "name"), "=", self.mapping.codec(name).hold(column.name))
        self.joined = self.joined.join(table, JOIN.LEFT_OUTER, on=balanced("AND", [same_owner, same_name]))
        return table

    def hidden(self, column: VersionColumn | TypeColumn) -> Node:
        """What no property stands for, of the entity that the column's owner leads to."""
        table, entity_set = self.owner(column.owner)
        match column:
            case VersionColumn():
                return version_of(table, self.mapping.tables[entity_set.name], self.mapping)
            case TypeColumn() if TYPE not in self.mapping.tables[entity_set.name].hidden:
                return SQL("NULL")
            case TypeColumn():
                return _type_name(table, entity_set, self.mapping.schema)

    def owner(self, owner: NavigationAccess | None) -> tuple[Table, EntitySet]:
        """The table behind a chain of single-valued navigation, joined when it is first asked for."""
        if owner is None:
            return self.root, self.entity_set
        known = self.aliases.get(owner)
        if known is None:
            known = self.aliases[owner] = self._join(owner)
        return known

    def _join(self, owner: NavigationAccess) -> tuple[Table, EntitySet]:
        source, entity_set = self.owner(owner.owner)
        target_set = self.mapping.target(entity_set, owner.source_type, owner.navigation)
        target = self.alias(target_set)
        join = self.mapping.join(entity_set, owner.source_type, owner.navigation)
        on = equal_columns(source, join.source, target, join.target)
        self.joined = self.joined.join(target, JOIN.LEFT_OUTER, on=on)
        return target, target_set

    def alias(self, entity_set: EntitySet) -> Table:
        """A table of this statement under a name of its own."""
        table = Table(self.mapping.tables[entity_set.name].name).alias(f"t{self.taken}")
        self.taken += 1
        return table

    def key(self) -> tuple[Node, ...]:
        """The columns of the source's key."""
        return tuple(Column(self.root, name) for name in self.mapping.tables[self.entity_set.name].key)


def equal_columns(left: Source, left_names: tuple[str, ...], right: Source, right_names: tuple[str, ...]) -> Node:
    """That the columns of two tables are equal, pair by pair."""
    pairs = zip(left_names, right_names, strict=True)
    return balanced("AND", [Expression(Column(left, one), "=", Column(right, other)) for one, other in pairs])


def path_tables(source: PathSource, mapping: Mapping) -> Tables:
    """The tables behind a path: its entity set, then what each navigation step joins to it."""
    first = Table(mapping.tables[source.entity_set.name].name).alias("t0")
    tables = Tables(mapping, source.entity_set, first, first, [])
    for step in source.steps:
        match step:
            case KeyStep():
                _restrict(tables, step)
            case NavigationStep():
                _step(tables, step)
            case CastStep(name):
                _narrow(tables, name)
    return tables


def _type_name(table: Source, entity_set: EntitySet, schema: Schema) -> Node:
    """The name of a row's type; rows have the old name of one that has been renamed."""
    column = Column(table, TYPE)
    names = (entity_set.entity_type, *schema.derived_from(entity_set.entity_type))
    renamed = [(kept, name) for name in names if (kept := kept_type(name, schema)) != name]
    return Case(column, [(held(kept), held(name)) for kept, name in renamed], column) if renamed else column


def is_of(table: Source, types: Sequence[str], schema: Schema) -> Node:
    """That a row's type is one of some."""
    members = [held(kept_type(name, schema)) for name in types]
    return Expression(Column(table, TYPE), "IN", EnclosedNodeList(members))


def _narrow(tables: Tables, name: str) -> None:
    schema, declared = tables.mapping.schema, tables.entity_set.entity_type
    if not schema.is_derived(declared, name):
        tables.conditions.append(is_of(tables.root, (name, *schema.derived_from(name)), schema))


def _restrict(tables: Tables, step: KeyStep) -> None:
    columns = tables.mapping.tables[tables.entity_set.name].columns
    for part in step.key:
        column = columns[part.leaf.path]
        wanted = as_kept(part.value, tables.mapping.codec(column), tables), value(part.value, tables)
        tables.conditions += key_conditions(tables.root, column, wanted, tables.mapping)


def _step(tables: Tables, step: NavigationStep) -> None:
    entity_set = tables.entity_set
    target_set = tables.mapping.target(entity_set, step.source_type, step.navigation)
    join = tables.mapping.join(entity_set, step.source_type, step.navigation)
    source, target = tables.root, tables.alias(target_set)
    if join.link is not None:
        link = Table(join.link.name).alias(f"l{tables.taken}")
        on = equal_columns(source, join.source, link, _names(join.link, "source"))
        tables.joined = tables.joined.join(link, JOIN.INNER, on=on)
        on = equal_columns(link, _names(join.link, "target"), target, join.target)
    else:
        on = equal_columns(source, join.source, target, join.target)
    tables.joined = tables.joined.join(target, JOIN.INNER, on=on)
    tables.root, tables.entity_set = target, target_set
    tables.aliases.clear()


def child_tables(join: Join, target_set: EntitySet, mapping: Mapping) -> Tables:
    """The tables of an expanded collection, beside the parents' keys: the foreign key's index finds each one's rows."""
    target = Table(mapping.tables[target_set.name].name).alias("t0")
    joined: Source = target
    named = {column.name: column for column in mapping.tables[target_set.name].all_columns()}
    columns, keyed = tuple(named[name] for name in join.target), target
    if join.link is not None:
        columns, keyed = join.link.source, Table(join.link.name).alias("l0")
        on = equal_columns(keyed, _names(join.link, "target"), target, join.target)
        joined = keyed.join(target, JOIN.INNER, on=on)
    parents = mapping.family.parents([mapping.codec(column) for column in columns])
    pairs = [
        Expression(Column(keyed, column.name), "=", known) for column, known in zip(columns, parents.key, strict=True)
    ]
    return Tables(mapping, target_set, target, joined, [balanced("AND", pairs)], parents=parents)


def select(tables: Tables, columns: list[Node]) -> Select:
    """A SELECT over the tables with all their conditions."""
    sources: list[Node] = [tables.joined] if tables.parents is None else [tables.parents.source, tables.joined]
    query = Select(sources, columns)
    where = balanced("AND", tables.conditions) if tables.conditions else None
    return query.where(where) if where is not None else query


def _names(link: LinkTable, side: str) -> tuple[str, ...]:
    return tuple(column.name for column in (link.source if side == "source" else link.target))
