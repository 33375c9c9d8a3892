"""Row rules in SQL: a source that has one is a SELECT of the rows for which it is true, wherever it stands.

What a rule says is judged by all that is there, not by what the caller may see of it.
"""

from functools import partial

from peewee import SQL, Source, Table

from odata_service.plan.model import Rules
from odata_service.semantics.tree import Expression
from odata_service.sql.expression import condition
from odata_service.sql.mapping import Mapping, with_ruled
from odata_service.sql.source import Tables, select


def under_rules(mapping: Mapping, rules: Rules) -> Mapping:
    """The mapping in which the sources that have rules have no other rows."""
    if not rules:
        return mapping
    return with_ruled(mapping, {name: partial(_rows, name, rule, mapping) for name, rule in rules})


def _rows(name: str, rule: Expression, mapping: Mapping, alias: str) -> Source:
    """The rows of a source for which its rule is true, under a name."""
    source = mapping.schema.source(name)
    assert source is not None, "rules are those of sources"
    inner = f"{alias}r"
    table = Table(mapping.tables[name].name).alias(inner)
    tables = Tables(mapping, source, table, table, [])
    assert mapping.askings is not None, "reads may ask code"
    with mapping.askings.ruling():
        tables.conditions.append(condition(rule, tables))
    return select(tables, [SQL(f"{mapping.family.dialect.quoted(inner)}.*")]).alias(alias)
