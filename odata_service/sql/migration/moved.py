"""Foreign keys that move to the other side of a relation: of two single-valued partners one alone has a key.

Tables of an earlier version have a key for each, and where a navigation property has got a partner the other side may
hold it from now on. What the column says that goes is copied to the one that stays, and the column is dropped; what the
two do not agree in stands against the migration.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from odata_service.sql.families import Dialect
from odata_service.sql.mapping import Mapping
from odata_service.sql.migration.changes import Changes, TableChange
from odata_service.sql.migration.steps import Step


class Moving(Struct, frozen=True):
    """A foreign key that is there and moves.

    `columns` of the table `going` refer to the `held` of the table `holding`; its `keys` will refer to the `own` of the
    former.
    """

    going: TableChange
    columns: tuple[str, ...]
    own: tuple[str, ...]
    holding: TableChange
    keys: tuple[str, ...]
    held: tuple[str, ...]


def moving(changes: Changes, mapping: Mapping) -> Iterator[Moving]:
    """The keys that tables still have, and that others are to hold."""
    by_name = {change.after.name: change for change in changes.tables}
    for key in mapping.moved:
        source, holder = mapping.tables[key.source], mapping.tables[key.holder]
        going, holding = by_name.get(source.name), by_name.get(holder.name)
        if going is not None and holding is not None and {*key.columns} <= {column.name for column in going.left}:
            yield Moving(going, key.columns, source.identity, holding, key.keys, holder.identity)


def moved_columns(changes: Changes, mapping: Mapping) -> set[tuple[str, str]]:
    """The columns that go once they are copied, each with the name that its table will have."""
    return {(known.going.after.name, name) for known in moving(changes, mapping) for name in known.columns}


def unmoved(changes: Changes, mapping: Mapping) -> list[str]:
    """The keys that have to move before their tables can be used."""
    return [
        f"Column '{known.going.before.name}.{name}' says what '{known.holding.before.name}.{held}' is to say alone."
        for known in moving(changes, mapping)
        for name, held in zip(known.columns, known.keys, strict=True)
    ]


def disagreement(known: Moving, dialect: Dialect) -> str:
    """The condition of rows whose going key says something else than the holding one, or than another row does."""
    going, holding = known.going.before.name, known.holding.before.name
    own = [known.going.now_called(name) for name in known.own]
    held = [known.holding.now_called(name) for name in known.held]
    keys = [known.holding.now_called(name) for name in known.keys]
    found = [_exists(going, _pairs(known.columns, known.columns), _pairs(own, own), going, dialect)]
    if not {*known.keys} & {column.name for column in known.holding.added}:
        found.append(_exists(holding, _pairs(held, known.columns), _pairs(keys, own), going, dialect))
        found.append(_exists(holding, _pairs(keys, own), _pairs(held, known.columns), going, dialect))
    stated = " AND ".join(f"{dialect.quoted(name)} IS NOT NULL" for name in known.columns)
    return f"{stated} AND ({' OR '.join(found)})"


def moves(changes: Changes, mapping: Mapping) -> Iterator[Step]:
    """The steps by which keys move, once tables and columns have their new names."""
    dialect = mapping.family.dialect
    quoted = dialect.quoted
    for known in moving(changes, mapping):
        going, holding = known.going.after.name, known.holding.after.name
        same = _equal("x", known.columns, quoted(holding), known.held, dialect)
        values = (
            f"{quoted(key)} = (SELECT x.{quoted(own)} FROM {quoted(going)} AS x WHERE {same})"
            for key, own in _pairs(known.keys, known.own)
        )
        unset = " AND ".join(f"{quoted(key)} IS NULL" for key in known.keys)
        there = f"EXISTS (SELECT 1 FROM {quoted(going)} AS x WHERE {same})"
        names = ", ".join(known.columns)
        yield Step(
            f"copy what '{going}.{names}' says to '{holding}.{', '.join(known.keys)}'",
            f"UPDATE {quoted(holding)} SET {', '.join(values)} WHERE {unset} AND {there}",
        )
        for name in known.columns:
            statement = f"ALTER TABLE {quoted(going)} DROP COLUMN {quoted(name)}"
            yield Step(f"drop column '{name}' of table '{going}', which is copied", statement)


def _pairs(one: Sequence[str], other: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(one, other, strict=True))


def _equal(one: str, names: Sequence[str], other: str, others: Sequence[str], dialect: Dialect) -> str:
    pairs = zip(names, others, strict=True)
    return " AND ".join(f"{one}.{dialect.quoted(name)} = {other}.{dialect.quoted(known)}" for name, known in pairs)


def _exists(
    table: str, same: Sequence[tuple[str, str]], unlike: Sequence[tuple[str, str]], outer: str, dialect: Dialect
) -> str:
    """That a table has a row with columns like those of the outer row, and with others unlike those."""
    row = dialect.quoted(outer)
    alike = _equal("x", [name for name, _ in same], row, [name for _, name in same], dialect)
    others = _equal("x", [name for name, _ in unlike], row, [name for _, name in unlike], dialect)
    there = " AND ".join(f"x.{dialect.quoted(name)} IS NOT NULL" for name, _ in unlike)
    return f"EXISTS (SELECT 1 FROM {dialect.quoted(table)} AS x WHERE {alike} AND {there} AND NOT ({others}))"
