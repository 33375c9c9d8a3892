"""Tables that go on to what navigation properties lead to, and those of what is expanded beside its parents."""

from peewee import JOIN, Column, Expression, Source, Table
from peewee import Join as Joined

from odata_service.edm.model import EntitySet
from odata_service.semantics.resolved import NavigationStep
from odata_service.sql.expression import balanced
from odata_service.sql.mapping import Join, Mapping
from odata_service.sql.source import Tables, equal_columns, link_columns


def follow(tables: Tables, step: NavigationStep) -> None:
    """Goes on to the entities that a navigation property leads to: those are what the tables stand for then."""
    tables.root, tables.entity_set = join_members(tables, step)
    tables.aliases.clear()
    tables.results.clear()


def join_members(tables: Tables, step: NavigationStep, *, outer: bool = False) -> tuple[Source, EntitySet]:
    """The table of what a navigation property leads to, joined to the rows; with `outer` also to those without any."""
    kind = JOIN.LEFT_OUTER if outer else JOIN.INNER
    target_set = tables.mapping.target(tables.entity_set, step.source_type, step.navigation)
    join = tables.mapping.join(tables.entity_set, step.source_type, step.navigation)
    target = tables.alias(target_set)
    source, names = tables.root, join.source
    if join.link is not None:
        link = tables.mapping.linked(join.link, target_set.name, f"l{tables.number()}")
        on = equal_columns(source, names, link, link_columns(join.link, "source"))
        tables.joined = Joined(tables.joined, link, kind, on)
        source, names = link, link_columns(join.link, "target")
    tables.joined = Joined(tables.joined, target, kind, equal_columns(source, names, target, join.target))
    return target, target_set


def child_tables(join: Join, target_set: EntitySet, mapping: Mapping, name: str = "parents") -> Tables:
    """The tables of an expanded collection, beside the parents' keys: the foreign key's index finds each one's rows.

    `name` is what the store fills the keys in for.
    """
    target = mapping.rows(target_set.name, "t0")
    joined = target
    named = {column.name: column for column in mapping.tables[target_set.name].all_columns()}
    columns, keyed = tuple(named[name] for name in join.target), target
    if join.link is not None:
        columns, keyed = join.link.source, Table(join.link.name).alias("l0")
        on = equal_columns(keyed, link_columns(join.link, "target"), target, join.target)
        joined = Joined(keyed, target, JOIN.INNER, on)
    parents = mapping.family.parents([mapping.codec(column) for column in columns], name)
    pairs = [
        Expression(Column(keyed, column.name), "=", known) for column, known in zip(columns, parents.key, strict=True)
    ]
    return Tables(mapping, target_set, target, joined, [balanced("AND", pairs)], parents=parents)
