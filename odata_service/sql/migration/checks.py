"""What must hold before tables change: what is refused at once, and what has to be asked of the rows first."""

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from odata_service.sql.mapping import ColumnMapping, Mapping
from odata_service.sql.migration.changes import Changes, KeptColumn, TableChange
from odata_service.sql.migration.moved import disagreement, moving
from odata_service.sql.migration.stored import key_of

Sentence = Callable[[int, str], str]
"""From a number of rows and the key of the first to what is wrong, or lost."""


class Rows(Struct, frozen=True):
    """Rows of a table for which a condition holds (without one, all), and what is said of them where there are any."""

    table: str
    key: tuple[ColumnMapping, ...]
    where: str
    say: Sentence


class Fit(Struct, frozen=True):
    """Every value of a column must fit its new type."""

    table: str
    key: tuple[ColumnMapping, ...]
    column: KeptColumn
    say: Sentence


class Distinct(Struct, frozen=True):
    """No two rows may have the same values in these columns, as they will be; with `nullable` null is like no other."""

    table: str
    columns: tuple[KeptColumn, ...]
    say: Sentence
    nullable: bool = False


Check = Rows | Fit | Distinct

_BOUND = re.compile(r"VARCHAR\((\d+)\)")
_HIDDEN = re.compile(r"\.odata-|--")
"""What a column's name holds that no property stands for."""


def refusals(changes: Changes) -> Iterator[str]:
    """What cannot be done, whatever the rows are."""
    for change in changes.tables:
        name = change.before.name
        for column in change.columns:
            if column.conversion is None:
                kept = f"keeps {column.kept}" if column.kept is not None else f"has the type {column.before.type}"
                yield (
                    f"Column '{name}.{column.before.name}' {kept}, and there is no way from that to "
                    f"{column.after.type}. Give the property another name, and copy the values."
                )


def checks(changes: Changes, mapping: Mapping) -> Iterator[Check]:
    """What has to be asked of the rows."""
    for change in changes.tables:
        yield from _additions(change)
        yield from _values(change, mapping)
        yield from _key(change, mapping)
        yield from _alternate_keys(change, mapping)
    yield from _moved_links(changes, mapping)
    yield from _moved_keys(changes, mapping)


def losses(changes: Changes, mapping: Mapping) -> Iterator[Rows]:
    """What goes with tables and columns that are dropped."""
    quoted = mapping.family.dialect.quoted
    for change in changes.tables:
        table = change.before.name
        for column in change.dropped:
            lost = _lost("value", f"with column '{table}.{column.name}'")
            yield Rows(table, (), f"{quoted(column.name)} IS NOT NULL", lost)
    for dropped in changes.dropped:
        yield Rows(dropped.name, (), "", _lost("row", f"with table '{dropped.name}'"))


def _lost(thing: str, place: str) -> Sentence:
    return lambda count, _: f"{_counted(count, thing)} {'goes' if count == 1 else 'go'} {place}."


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _additions(change: TableChange) -> Iterator[Check]:
    """A column that must have a value, and has none to begin with, can only be added where there is no row."""
    table = change.before.name
    for column in change.added:
        if not column.nullable and column.default is None:
            yield Rows(table, (), "", _valueless(f"{table}.{column.name}"))


def _valueless(name: str) -> Sentence:
    advice = (
        "Export the rows, and load them into a new database."
        if _HIDDEN.search(name)
        else "Give the property a DefaultValue, or make it nullable."
    )
    return lambda count, _: (
        f"Column '{name}' must not be null, and {_counted(count, 'row')} would have no value in it. {advice}"
    )


def _values(change: TableChange, mapping: Mapping) -> Iterator[Check]:
    table, key = change.before.name, key_of(change)
    for column in change.columns:
        name = f"{table}.{column.before.name}"
        if column.tightened and column.after.default is None:
            where = f"{mapping.family.dialect.quoted(column.before.name)} IS NULL"
            yield Rows(table, key, where, _nulls(name))
        if column.conversion is not None and column.conversion.may_fail:
            yield Fit(table, key, column, _unfit(name, str(column.after.type)))


def _nulls(name: str) -> Sentence:
    return lambda count, first: (
        f"Column '{name}' must not be null any longer, and {_counted(count, 'row')} have none: the first is {first}. "
        "Fill them, or give the property a DefaultValue."
    )


def _unfit(name: str, target: str) -> Sentence:
    return lambda count, first: (
        f"{_counted(count, 'value')} of column '{name}' {'does' if count == 1 else 'do'} not fit {target}: "
        f"the first is {first.removesuffix('.')}. Correct them first, or choose a type that takes them."
    )


def _key(change: TableChange, mapping: Mapping) -> Iterator[Check]:
    """The key's columns must tell all rows apart, once they are what they will be."""
    rewritten = any(column.rewritten and column.after.name in change.after.key for column in change.columns)
    if not change.rekeyed and not rewritten:
        return
    kept = {column.after.name: column for column in change.columns}
    parts = tuple(kept[name] for name in change.after.key if name in kept)
    yield from _lengths(change, parts, mapping)
    listed = ", ".join(change.after.key)
    table = change.before.name
    yield Distinct(
        table,
        parts,
        lambda count, first: (
            f"{_counted(count, 'row')} of table '{table}' {'has' if count == 1 else 'have'} a key ({listed}) that "
            f"another row has too: the first is {first}. Make them distinct, or choose another key."
        ),
    )


def _alternate_keys(change: TableChange, mapping: Mapping) -> Iterator[Check]:
    """So must those of an alternate key that is new; rows without one of its values have no such key."""
    kept, table = {column.after.name: column for column in change.columns}, change.before.name
    leading = {join.source for (source, _), join in mapping.joins.items() if mapping.tables[source].name == table}
    for index in change.made:
        if not index.unique or not all(name in kept for name in index.columns):
            continue
        parts = tuple(kept[name] for name in index.columns)
        yield from _lengths(change, parts, mapping)
        say = _shared if index.columns in leading else _doubled
        yield Distinct(table, parts, say(table, ", ".join(index.columns)), nullable=True)


def _shared(table: str, listed: str) -> Sentence:
    return lambda count, first: (
        f"{_counted(count, 'row')} of table '{table}' {'leads' if count == 1 else 'lead'} by ({listed}) where another "
        f"row leads, and one alone can be led back to: the first is {first}. End one of the relations."
    )


def _doubled(table: str, listed: str) -> Sentence:
    return lambda count, first: (
        f"{_counted(count, 'row')} of table '{table}' {'has' if count == 1 else 'have'} an alternate key ({listed}) "
        f"that another row has too: the first is {first}. Make them distinct, or leave the alternate key out."
    )


def _lengths(change: TableChange, parts: tuple[KeptColumn, ...], mapping: Mapping) -> Iterator[Check]:
    """Texts of a key must fit it, where the database bounds their length."""
    for column in parts:
        bound = _BOUND.fullmatch(column.after.sql_type.split(" ")[0])
        if bound is not None and not column.rewritten:
            where = f"char_length({mapping.family.dialect.quoted(column.before.name)}) > {bound[1]}"
            name = f"{change.before.name}.{column.before.name}"
            yield Rows(change.before.name, key_of(change), where, _unfit(name, f"a key of {bound[1]} characters"))


def _moved_links(changes: Changes, mapping: Mapping) -> Iterator[Check]:
    """Links between entities do not move between a column and a table of pairs by themselves."""
    created = {table.name for table in changes.created}
    gone = {table.name: table for table in (*changes.left, *changes.dropped)}
    by_name = {change.after.name: change for change in changes.tables}
    for (owner, navigation), join in mapping.joins.items():
        change = by_name.get(mapping.tables[owner].name)
        if join.link is not None and join.link.name in created and change is not None:
            yield from _formerly_to_one(change, navigation, mapping)
        if join.link is None and f"{owner}-{navigation}" in gone:
            name = f"{owner}-{navigation}"
            yield Rows(name, (), "", _links_left(f"table '{name}'", owner, navigation))


def _moved_keys(changes: Changes, mapping: Mapping) -> Iterator[Check]:
    """What a key says that moves to the other side must not be denied there."""
    for known in moving(changes, mapping):
        table, names = known.going.before.name, ", ".join(known.columns)
        where = f"{known.holding.before.name}.{', '.join(known.keys)}"
        condition = disagreement(known, mapping.family.dialect)
        yield Rows(table, key_of(known.going), condition, _denied(f"{table}.{names}", where))


def _denied(going: str, holding: str) -> Sentence:
    return lambda count, first: (
        f"{_counted(count, 'link')} in '{going}' {'is' if count == 1 else 'are'} one of several to the same entity, or "
        f"'{holding}' says otherwise, which is to say it alone: the first is that of {first}. Let both ends agree, "
        "or end one of the relations."
    )


def _formerly_to_one(change: TableChange, navigation: str, mapping: Mapping) -> Iterator[Check]:
    for column in (*change.left, *change.dropped):
        if column.name.startswith(f"{navigation}-"):
            place = f"column '{change.before.name}.{column.name}'"
            where = f"{mapping.family.dialect.quoted(column.name)} IS NOT NULL"
            yield Rows(change.before.name, (), where, _links_left(place, change.after.name, navigation))
            return


def _links_left(place: str, owner: str, navigation: str) -> Sentence:
    return lambda count, _: (
        f"{_counted(count, 'link')} of '{owner}/{navigation}' {'stands' if count == 1 else 'stand'} in {place}, and "
        "would stand elsewhere from now on. Give the navigation property another name and copy the links, "
        "then remove the old one."
    )
