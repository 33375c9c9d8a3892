"""The upsert of SQLite and PostgreSQL, which say it alike."""

from peewee import SQL, BaseQuery, Column, Entity, Expression, Node

from odata_service.sql.families.family import Upsert


def on_conflict(wanted: Upsert) -> BaseQuery:
    """INSERT … ON CONFLICT."""
    target = wanted.target
    keys = [Column(target, name) for name in wanted.key]
    update: dict[Node, Node] = {Column(target, name): Entity("excluded", name) for name in wanted.changed}
    if wanted.version is not None:
        version = Entity(target.__name__, wanted.version)
        update[Column(target, wanted.version)] = Expression(version, "+", SQL("1"))
    insert = target.insert(wanted.row)
    return insert.on_conflict(conflict_target=keys, update=update) if update else insert.on_conflict(action="IGNORE")
