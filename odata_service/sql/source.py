"""Where rows come from: aliases for the tables of a plan, joined along paths and single-valued navigation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct, field
from peewee import JOIN, SQL, Column, EnclosedNodeList, Expression, Node, Select, Source, Table, fn
from peewee import Join as Joined

from odata_service.edm.leaves import DYNAMIC, UNTYPED, marker_of
from odata_service.edm.leaves import TYPE as LEAF_TYPE
from odata_service.edm.model import EntitySet
from odata_service.edm.types import STRING
from odata_service.plan.model import StreamColumn, TypeColumn, VersionColumn
from odata_service.semantics.access import Owner, base_of, declared_type, entity_of, path_of, steps_of
from odata_service.semantics.rooted import rooted
from odata_service.semantics.tree import (
    DynamicProperty,
    EntityOwner,
    KeyValue,
    Members,
    NavigationAccess,
    NavigationMembers,
    PropertyAccess,
    RootEntity,
    SetMembers,
    TypeTest,
    Variable,
)
from odata_service.semantics.tree import Expression as Computed
from odata_service.semantics.walk import asks_code, depths_of
from odata_service.sql.documents import inside, stated_beside
from odata_service.sql.documents import is_of as is_value_of
from odata_service.sql.existing import kept_column, key_conditions, read_column, version_of
from odata_service.sql.expression import as_kept, balanced, value
from odata_service.sql.families import Codec, ElementRows, Family, Parents
from odata_service.sql.mapping import (
    ID,
    OWNER,
    STREAM_TABLE,
    TYPE,
    ColumnMapping,
    Join,
    LinkTable,
    Mapping,
)
from odata_service.sql.slots import held
from odata_service.sql.type_columns import is_of, type_name

if TYPE_CHECKING:  # stages are made of tables
    from odata_service.sql.stages import Stage


class Tables(Struct):
    """The tables of one statement: the source's own, and those that single-valued navigation leads to.

    `results` are the values that transformations have made, in the form that values have in expressions; `stages` are
    run before the statement.
    """

    mapping: Mapping
    entity_set: EntitySet
    root: Source
    joined: Source
    conditions: list[Node]
    taken: int = 1
    parents: Parents | None = None
    aliases: dict[NavigationAccess | RootEntity, tuple[Source, EntitySet]] = field(default_factory=dict)
    streams: dict[tuple[EntityOwner, str], Table] = field(default_factory=dict)
    outer: "Tables | Elements | None" = None
    variable: Variable | None = None
    results: dict[PropertyAccess, Node] = field(default_factory=dict)
    stages: "Sequence[Stage]" = ()
    elements: ClassVar[None] = None

    @property
    def family(self) -> Family:
        """The family that the statement is for."""
        return self.mapping.family

    def sources(self) -> list[Node]:
        """What the rows are selected from."""
        return [self.joined] if self.parents is None else [self.parents.source, self.joined]

    def told_by_code(self) -> list[str]:
        """The tables here whose rows code tells."""
        return [str(table._alias) for owner, (table, _) in self.aliases.items() if asks_code(owner)]  # type: ignore[attr-defined]  # peewee has it

    def number(self) -> int:
        """A number for a name that nothing else in the statement has."""
        if self.outer is not None:
            return self.outer.number()
        self.taken += 1
        return self.taken - 1

    def access(self, node: PropertyAccess | NavigationAccess | RootEntity | Variable) -> Node:
        """The value of a property; of an entity the first column of its key, which is null where there is none."""
        holder = self._holder(node)
        if holder is not None:
            return holder.access(node)
        if not isinstance(node, PropertyAccess):
            table, entity_set = self.owner(node)
            return Column(table, self.mapping.tables[entity_set.name].key[0])
        if node in self.results:
            return self.results[node]
        if node.property.computation is not None:
            return value(self._computed(node), self)
        document = self._document(node)
        if document is not None:
            return inside(*document, node.type, self.mapping)
        return read_column(*self._column(node), self.mapping)

    def kept(self, node: PropertyAccess) -> tuple[Node, Codec]:
        """The column of a property as it is, and how it keeps values."""
        holder = self._holder(node)
        if holder is not None:
            return holder.kept(node)
        if node in self.results:
            return self.results[node], self.family.value_codec(node.type)
        if node.property.computation is not None or self._document(node) is not None:
            return self.access(node), self.family.value_codec(node.type)
        table, column = self._column(node)
        return kept_column(table, column, self.mapping), self.mapping.codec(column)

    def dynamic(self, node: DynamicProperty) -> tuple[Node, tuple[str, ...]]:
        """The JSON that a dynamic property stands in, and the names that lead to it there."""
        holder = self._holder(node)
        if holder is not None:
            return holder.dynamic(node)
        assert not isinstance(node.owner, DynamicProperty), "names inside of one are told apart before"
        if not isinstance(node.owner, PropertyAccess):
            return self.leaf(DYNAMIC, node.owner)[0], (node.name,)
        taken_apart = self.mapping.schema.is_taken_apart(node.owner.property.type)
        if taken_apart and self._document(node.owner) is None:
            return self.leaf(f"{path_of(node.owner)}/{DYNAMIC}", entity_of(node.owner))[0], (node.name,)
        return self.access(node.owner), (node.name,)

    def untyped(self, node: DynamicProperty) -> tuple[tuple[Node, tuple[str, ...]], Node | None]:
        """The JSON that a declared value without a type stands in, the names there, and the type that it states."""
        holder = self._holder(node)
        if holder is not None:
            return holder.untyped(node)
        assert isinstance(node.owner, PropertyAccess), "entities have such values as properties"
        found = self._document(node.owner)
        if found is None:
            stated, _ = self.leaf(f"{path_of(node.owner)}/{LEAF_TYPE}", entity_of(node.owner))
            return (self.access(node.owner), ()), stated
        document, names = found[0], tuple(step.property.name for step in found[1])
        return (document, names), stated_beside(document, names, self.family)

    def inside(self, members: Members) -> "Tables | Elements":
        """The members of a collection as rows of a subquery."""
        return members_of(members, self)

    def select(self, columns: Sequence[Node], conditions: Sequence[Node]) -> Select:
        """A SELECT over the tables with all their conditions and more."""
        self.conditions += conditions
        return select(self, list(columns))

    def _holder(self, node: Owner | DynamicProperty) -> "Tables | Elements | None":
        """What is around these tables, where a path does not begin in them."""
        if self.outer is None:
            return None
        base = base_of(node)
        depths = {base.depth} if isinstance(base, Variable) else {*depths_of(base.key)} if base is not None else ()
        return None if self.variable is not None and self.variable.depth in depths else self.outer

    def _document(self, node: PropertyAccess) -> tuple[Node, tuple[PropertyAccess, ...]] | None:
        """The JSON column that holds a property's value, and the steps inside it; None for one with its own column."""
        steps = steps_of(node)
        for place, step in enumerate(steps[:-1], 1):
            if not self.mapping.schema.is_taken_apart(step.property.type):
                table, column = self._column(step)
                return kept_column(table, column, self.mapping), steps[place:]
        return None

    def _computed(self, node: PropertyAccess) -> Computed:
        """What stands for a property that is not kept."""
        owner = entity_of(node)
        return rooted(self.mapping.computed[self.owner(owner)[1].name, path_of(node)], owner)

    def leaf(self, path: str, owner: EntityOwner) -> tuple[Node, Codec]:
        """The column of a leaf as it is, and how it keeps values."""
        made = next((known for known in self.results if path_of(known) == path and entity_of(known) == owner), None)
        if made is not None:
            return self.results[made], self.family.value_codec(made.type)
        table, column = self._leaf(path, owner)
        return kept_column(table, column, self.mapping), self.mapping.codec(column)

    def _column(self, node: PropertyAccess) -> tuple[Source, ColumnMapping]:
        """The column of a property; of a complex value that has several, the one that is null where it is."""
        path, declared = path_of(node), node.property.type
        if self.mapping.schema.is_taken_apart(declared):
            marker = marker_of(declared, self.mapping.schema)
            assert marker is not None, "the resolver knows that a value that is never null is not null"
            path = f"{path}/{marker}"
        return self._leaf(path, entity_of(node))

    def _leaf(self, path: str, owner: EntityOwner) -> tuple[Source, ColumnMapping]:
        table, entity_set = self.owner(owner)
        return table, self.mapping.tables[entity_set.name].columns[path]

    def type_test(self, node: TypeTest) -> Node:
        """That an entity or a complex value is of one of some types; false where there is none."""
        holder = self._holder(node.owner)
        if holder is not None:
            return holder.type_test(node)
        false = SQL(self.family.dialect.false)
        if isinstance(node.owner, PropertyAccess):
            return fn.coalesce(self._value_test(node.owner, node.types), false)
        table, entity_set = self.owner(node.owner)
        if TYPE not in self.mapping.tables[entity_set.name].hidden:
            return false if entity_set.entity_type not in node.types else SQL("1 = 1")
        return fn.coalesce(is_of(table, node.types, self.mapping.schema), false)

    def ordinal(self) -> Node:
        """The place of an entity among those that an operation gave."""
        assert self.parents is not None, "what an operation gave has an order"
        return self.parents.number

    def _value_test(self, access: PropertyAccess, types: Sequence[str]) -> Node:
        """That a complex value is of one of some types."""
        declared = access.property.type
        if self.mapping.schema.is_taken_apart(declared) and self._document(access) is None:
            stated, _ = self.leaf(f"{path_of(access)}/{LEAF_TYPE}", entity_of(access))
            return Expression(stated, "IN", EnclosedNodeList([held(name) for name in types]))
        document = self.access(access)
        test = is_value_of(document, (), types, declared.name, self.mapping)
        return balanced("AND", [Expression(document, "IS NOT", SQL("NULL")), test])

    def name(self, owner: EntityOwner) -> tuple[Node, Codec]:
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
        table = Table(STREAM_TABLE).alias(f"s{self.number()}")
        name = next(known for known in self.mapping.stream_columns() if known.name == "name")
        same_owner = Expression(Column(table, OWNER), "=", owner)
        same_name = Expression(Column(table, "name"), "=", self.mapping.codec(name).hold(column.name))
        self.joined = Joined(self.joined, table, JOIN.LEFT_OUTER, balanced("AND", [same_owner, same_name]))
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
                return type_name(table, entity_set, self.mapping.schema)

    def owner(self, owner: EntityOwner) -> tuple[Source, EntitySet]:
        """The table of an entity: what navigation leads to is joined when it is first asked for."""
        holder = self._holder(owner)
        if holder is not None:
            return holder.owner(owner)
        if owner is None or isinstance(owner, Variable):
            return self.root, self.entity_set
        known = self.aliases.get(owner)
        if known is None:
            known = self.aliases[owner] = self._join(owner) if isinstance(owner, NavigationAccess) else self._one(owner)
        return known

    def _join(self, owner: NavigationAccess) -> tuple[Source, EntitySet]:
        source, entity_set = self.owner(owner.owner)
        target_set = self.mapping.target(entity_set, owner.source_type, owner.navigation)
        target = self.alias(target_set)
        join = self.mapping.join(entity_set, owner.source_type, owner.navigation)
        keys = self.key_conditions(owner.key, target, target_set)
        if join.link is None:
            on = [*self._beside(source, join.source, target, join.target), *keys]
        else:
            link = self.mapping.linked(join.link, target_set.name, f"l{self.number()}")
            both = self._beside(source, join.source, link, link_columns(join.link, "source"))
            self.joined = Joined(self.joined, link, JOIN.LEFT_OUTER, balanced("AND", both))
            on = [*self._beside(link, link_columns(join.link, "target"), target, join.target), *keys]
        self.joined = Joined(self.joined, target, JOIN.LEFT_OUTER, balanced("AND", on))
        return target, target_set

    def _beside(self, left: Source, names: tuple[str, ...], right: Source, others: tuple[str, ...]) -> list[Node]:
        """That the columns of two tables are equal, where there is one row of the right one for each of the left."""
        return [self.family.beside(pair) for pair in column_pairs(left, names, right, others)]

    def _one(self, owner: RootEntity) -> tuple[Source, EntitySet]:
        """One entity beside each row: there is at most one with its key."""
        entity_set = self.mapping.schema.source(owner.source)
        assert entity_set is not None, "the resolver knows the sources"
        target = self.alias(entity_set)
        on = self.key_conditions(owner.key, target, entity_set) or [SQL("1 = 1")]
        self.joined = Joined(self.joined, target, JOIN.LEFT_OUTER, balanced("AND", on))
        return target, entity_set

    def key_conditions(self, key: Sequence[KeyValue], table: Source, entity_set: EntitySet) -> list[Node]:
        """That a row of a table has a key."""
        columns = self.mapping.tables[entity_set.name].columns
        found: list[Node] = []
        for part in key:
            column = columns[part.leaf.path]
            wanted = as_kept(part.value, self.mapping.codec(column), self), value(part.value, self)
            found += key_conditions(table, column, wanted, self.mapping)
        return found

    def alias(self, entity_set: EntitySet) -> Source:
        """A table of this statement under a name of its own."""
        return self.mapping.rows(entity_set.name, f"t{self.number()}")

    def key(self) -> tuple[Node, ...]:
        """The columns of the source's key."""
        return tuple(Column(self.root, name) for name in self.mapping.tables[self.entity_set.name].key)


def equal_columns(left: Source, left_names: tuple[str, ...], right: Source, right_names: tuple[str, ...]) -> Node:
    """That the columns of two tables are equal, pair by pair."""
    return balanced("AND", column_pairs(left, left_names, right, right_names))


def column_pairs(left: Source, names: tuple[str, ...], right: Source, others: tuple[str, ...]) -> list[Node]:
    """That the columns of two tables are equal: a comparison for each pair."""
    pairs = zip(names, others, strict=True)
    return [Expression(Column(left, one), "=", Column(right, other)) for one, other in pairs]


_NOWHERE = EntitySet("", "")
"""The source of values, which live in none."""


class _Beside(Tables):
    """The entities that members of a collection of values say the keys of, joined to the members."""

    def _holder(self, node: Owner | DynamicProperty) -> "Tables | Elements | None":
        return None if isinstance(base_of(node), RootEntity) else self.outer


class Elements(Struct):
    """The members of a collection of values as rows; `beside` are entities that they lead to, if one is asked for."""

    outer: "Tables | Elements"
    variable: Variable
    elements: ElementRows
    beside: _Beside | None = None
    conditions: ClassVar[tuple[Node, ...]] = ()

    def told_by_code(self) -> list[str]:
        """Members of collections of values are rows of no table."""
        return []

    @property
    def mapping(self) -> Mapping:
        """The tables of the statement."""
        return self.outer.mapping

    @property
    def family(self) -> Family:
        """The family that the statement is for."""
        return self.mapping.family

    def sources(self) -> list[Node]:
        """The members, and what has been joined to them so far."""
        return [self.elements.source if self.beside is None else self.beside.joined]

    def _joined(self) -> _Beside:
        """The entities beside the members."""
        if self.beside is None:
            source = self.elements.source
            self.beside = _Beside(self.mapping, _NOWHERE, source, source, [], outer=self)  # type: ignore[arg-type]  # rows
        return self.beside

    def number(self) -> int:
        """A number for a name that nothing else in the statement has."""
        return self.outer.number()

    def access(self, node: PropertyAccess | NavigationAccess | RootEntity | Variable) -> Node:
        """The value of a member, or of what is inside it."""
        holder = self._holder(node)
        if holder is not None:
            return holder.access(node)
        steps = steps_of(node) if isinstance(node, PropertyAccess) else ()
        return inside(self.elements.value, steps, node.type, self.mapping)

    def kept(self, node: PropertyAccess) -> tuple[Node, Codec]:
        """The value, and how it stands in an expression."""
        holder = self._holder(node)
        if holder is not None:
            return holder.kept(node)
        return self.access(node), self.family.value_codec(node.type)

    def dynamic(self, node: DynamicProperty) -> tuple[Node, tuple[str, ...]]:
        """The JSON that a dynamic property stands in, and the names that lead to it there."""
        holder = self._holder(node)
        if holder is not None:
            return holder.dynamic(node)
        steps = steps_of(node.owner) if isinstance(node.owner, PropertyAccess) else ()
        document = inside(self.elements.value, steps, UNTYPED, self.mapping) if steps else self.elements.json
        return document, (node.name,)

    def untyped(self, node: DynamicProperty) -> tuple[tuple[Node, tuple[str, ...]], Node | None]:
        """The JSON that a declared value without a type stands in, the names there, and the type that it states."""
        holder = self._holder(node)
        if holder is not None:
            return holder.untyped(node)
        steps = steps_of(node.owner) if isinstance(node.owner, PropertyAccess) else ()
        document, names = self.elements.json, tuple(step.property.name for step in steps)
        return (document, names), stated_beside(document, names, self.family) if names else None

    def type_test(self, node: TypeTest) -> Node:
        """That a complex value is of one of some types; false where there is none."""
        holder = self._holder(node.owner)
        if holder is not None:
            return holder.type_test(node)
        steps = steps_of(node.owner) if isinstance(node.owner, PropertyAccess) else ()
        base = declared_type(steps[-1] if steps else self.variable)
        document = inside(self.elements.value, steps, UNTYPED, self.mapping)
        test = is_value_of(document, (), node.types, base, self.mapping)
        return balanced("AND", [Expression(document, "IS NOT", SQL("NULL")), test])

    def ordinal(self) -> Node:
        """The place of an entity is that of the one around the members."""
        return self.outer.ordinal()

    def owner(self, owner: EntityOwner) -> tuple[Source, EntitySet]:
        """The table of an entity: members of collections of values are none, and may lead to one."""
        holder = self._holder(owner)
        assert holder is not None, "members of collections of values are no entities"
        return holder.owner(owner)

    def inside(self, members: Members) -> "Tables | Elements":
        """The members of a collection as rows of a subquery."""
        return members_of(members, self)

    def select(self, columns: Sequence[Node], conditions: Sequence[Node]) -> Select:
        """A SELECT over the members."""
        query = Select(self.sources(), list(columns))
        return query.where(balanced("AND", conditions)) if conditions else query

    def _holder(self, node: Owner | DynamicProperty) -> "Tables | Elements | None":
        """What a path begins in, beside or around the members; None where it does in these."""
        base = base_of(node)
        if isinstance(base, RootEntity) and self.variable.depth in depths_of(base.key):
            return self._joined()
        return None if isinstance(base, Variable) and base.depth == self.variable.depth else self.outer


def members_of(members: Members, outer: Tables | Elements) -> Tables | Elements:
    """The members of a collection as rows of a subquery, which sees all that is around it."""
    match members.collection:
        case NavigationMembers(navigation, source_type, _, owner):
            source, entity_set = outer.owner(owner)
            target_set = outer.mapping.target(entity_set, source_type, navigation)
            join = outer.mapping.join(entity_set, source_type, navigation)
            return _related(source, join, target_set, members.variable, outer)
        case SetMembers(name):
            found = outer.mapping.schema.source(name)
            assert found is not None, "the resolver knows the sources"
            table = outer.mapping.rows(name, f"t{outer.number()}")
            return Tables(outer.mapping, found, table, table, [], outer=outer, variable=members.variable)
        case collection:
            elements = outer.family.documents.elements(value(collection, outer), f"e{outer.number()}")
            return Elements(outer, members.variable, elements)


def _related(source: Source, join: Join, target_set: EntitySet, variable: Variable, outer: Tables | Elements) -> Tables:
    target = outer.mapping.rows(target_set.name, f"t{outer.number()}")
    joined, keyed, names = target, target, join.target
    if join.link is not None:
        keyed, names = Table(join.link.name).alias(f"l{outer.number()}"), link_columns(join.link, "source")
        on = equal_columns(keyed, link_columns(join.link, "target"), target, join.target)
        joined = Joined(keyed, target, JOIN.INNER, on)
    related = equal_columns(source, join.source, keyed, names)
    return Tables(outer.mapping, target_set, target, joined, [related], outer=outer, variable=variable)


def select(tables: Tables, columns: list[Node]) -> Select:
    """A SELECT over the tables with all their conditions."""
    query = Select(tables.sources(), columns)
    where = balanced("AND", tables.conditions) if tables.conditions else None
    return query.where(where) if where is not None else query


def link_columns(link: LinkTable, side: str) -> tuple[str, ...]:
    """The columns of a table of links that refer to one side."""
    return tuple(column.name for column in (link.source if side == "source" else link.target))
