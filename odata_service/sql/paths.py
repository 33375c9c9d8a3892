"""The tables behind a resource path: its entity set, then what each step joins to it or asks of it."""

from peewee import Column, Expression

from odata_service.edm.leaves import Leaf
from odata_service.plan.model import PathSource
from odata_service.semantics.resolved import CastStep, FilterStep, GivenStep, KeyStep, NavigationStep
from odata_service.sql.expression import condition
from odata_service.sql.mapping import Mapping
from odata_service.sql.related import follow
from odata_service.sql.source import Tables
from odata_service.sql.type_columns import is_of


def path_tables(source: PathSource, mapping: Mapping) -> Tables:
    """The tables behind a path: its entity set, then what each navigation step joins to it."""
    first = mapping.rows(source.entity_set.name, "t0")
    tables = Tables(mapping, source.entity_set, first, first, [])
    for step in source.steps:
        match step:
            case KeyStep():
                tables.conditions += tables.key_conditions(step.key, tables.root, tables.entity_set)
            case NavigationStep():
                follow(tables, step)
            case CastStep(name):
                _narrow(tables, name)
            case FilterStep(predicate):
                tables.conditions.append(condition(predicate, tables))
            case GivenStep():
                _given(tables)
    return tables


def _given(tables: Tables) -> None:
    """Leaves the entities whose keys are sent beside the statement."""
    mapping, target = tables.mapping, tables.root
    columns = [mapping.tables[tables.entity_set.name].columns[leaf.path] for leaf in _key_leaves(tables)]
    tables.parents = mapping.family.parents([mapping.codec(column) for column in columns])
    tables.conditions += [
        Expression(Column(target, column.name), "=", known)
        for column, known in zip(columns, tables.parents.key, strict=True)
    ]


def _key_leaves(tables: Tables) -> list[Leaf]:
    return [leaf for _, leaf in tables.mapping.schema.key_leaves(tables.entity_set.entity_type)]


def _narrow(tables: Tables, name: str) -> None:
    schema, declared = tables.mapping.schema, tables.entity_set.entity_type
    if not schema.is_derived(declared, name):
        tables.conditions.append(is_of(tables.root, (name, *schema.derived_from(name)), schema))
