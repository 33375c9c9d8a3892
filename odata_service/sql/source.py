"""Where rows come from: aliases for the tables of a plan, joined along paths and single-valued navigation."""

from dataclasses import dataclass, field

from peewee import JOIN, SQL, Column, Entity, Expression, Node, NodeList, Select, Source, Table, fn

from odata_service.edm.model import EntitySet, NavigationProperty
from odata_service.plan.model import PathSource
from odata_service.semantics.tree import KeyStep, NavigationAccess, PropertyAccess
from odata_service.sql.expression import balanced, value
from odata_service.sql.mapping import VERSION, Join, LinkTable, Mapping
from odata_service.sql.statement import constant, filled


@dataclass(slots=True)
class Tables:
    """The tables of one statement: the source's own, and those that single-valued navigation leads to."""

    mapping: Mapping
    entity_set: EntitySet
    root: Table
    joined: Source
    conditions: list[Node]
    taken: int = 1
    parents: Node | None = None
    aliases: dict[NavigationAccess, tuple[Table, EntitySet]] = field(default_factory=dict)

    def access(self, node: PropertyAccess | NavigationAccess) -> Node:
        """The column of a property; of an entity the first column of its key, which is null where there is none."""
        if isinstance(node, NavigationAccess):
            table, entity_set = self.owner(node)
            return Column(table, self.mapping.tables[entity_set.name].key[0])
        table, entity_set = self.owner(node.owner)
        return Column(table, self.mapping.tables[entity_set.name].columns[node.property.name].name)

    def version(self, owner: NavigationAccess | None) -> Node:
        """The version column of the entity that `owner` leads to."""
        return Column(self.owner(owner)[0], VERSION)

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
        target_set = self.mapping.set_of(entity_set, owner.navigation)
        target = self.alias(target_set)
        join = self.mapping.joins[entity_set.name, owner.navigation.name]
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
        if isinstance(step, KeyStep):
            _restrict(tables, step)
        else:
            _step(tables, step.navigation)
    return tables


def _restrict(tables: Tables, step: KeyStep) -> None:
    columns = tables.mapping.tables[tables.entity_set.name].columns
    for part in step.key:
        column = Column(tables.root, columns[part.property.name].name)
        tables.conditions.append(Expression(column, "=", value(part.value, tables.access)))


def _step(tables: Tables, navigation: NavigationProperty) -> None:
    entity_set = tables.entity_set
    target_set = tables.mapping.set_of(entity_set, navigation)
    join = tables.mapping.joins[entity_set.name, navigation.name]
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
    names, keyed = join.target, target
    if join.link is not None:
        names, keyed = _names(join.link, "source"), Table(join.link.name).alias("l0")
        on = equal_columns(keyed, _names(join.link, "target"), target, join.target)
        joined = keyed.join(target, JOIN.INNER, on=on)
    pairs = [Expression(Column(keyed, name), "=", parent_key(place, len(names))) for place, name in enumerate(names)]
    return Tables(mapping, target_set, target, joined, [balanced("AND", pairs)], parents=parent_rows())


def parent_rows() -> Node:
    """The keys of a page's parents as a table `p`: a JSON array, each member a value or an array of values."""
    return NodeList((fn.json_each(filled("parents")), SQL("AS"), Entity("p")))


def parent_number() -> Node:
    """Which of the page's parents a row belongs to."""
    return Entity("p", "key")


def parent_key(place: int, width: int) -> Node:
    """One part of a parent's key."""
    member = Entity("p", "value")
    return member if width == 1 else fn.json_extract(member, constant(f"$[{place}]"))


def select(tables: Tables, columns: list[Node]) -> Select:
    """A SELECT over the tables with all their conditions."""
    sources: list[Node] = [tables.joined] if tables.parents is None else [tables.parents, tables.joined]
    query = Select(sources, columns)
    where = balanced("AND", tables.conditions) if tables.conditions else None
    return query.where(where) if where is not None else query


def _names(link: LinkTable, side: str) -> tuple[str, ...]:
    return tuple(column.name for column in (link.source if side == "source" else link.target))
