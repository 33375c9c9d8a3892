"""A cross join in SQL: the tables of all its sets beside each other, reached as the resolver reaches their entities."""

from peewee import JOIN
from peewee import Join as Joined

from odata_service.plan.model import JoinedSource
from odata_service.sql.mapping import Mapping
from odata_service.sql.source import Tables


def joined_tables(source: JoinedSource, mapping: Mapping) -> Tables:
    """The tables of a cross join; the first is the one that the others stand beside."""
    first, *others = source.members
    root = mapping.rows(first.entity_set.name, "t0")
    tables = Tables(mapping, first.entity_set, root, root, [])
    tables.aliases[first.access] = root, first.entity_set
    for member in others:
        table = tables.alias(member.entity_set)
        tables.joined = Joined(tables.joined, table, JOIN.CROSS)
        tables.aliases[member.access] = table, member.entity_set
    return tables
