"""SQLite's index of texts: a table of FTS5 that knows which three characters stand next to each other, and no texts.

It numbers its rows, and the tables of entities do not: a second table has the number of each key. Triggers keep both,
whoever writes. FTS5 folds the case of each character by itself (Unicode 6.1), and ends a text at U+0000: a row whose
text has such a character, or one that becomes another small letter here, is `odd` and always looked at.
"""

from collections.abc import Callable, Sequence

from peewee import SQL, Column, EnclosedNodeList, Node, NodeList, Source

from odata_service.sql.families.family import IndexedTexts, Needle, TextIndex

_ODD = (
    *((0x130, 0x130), (0x37F, 0x37F), (0x528, 0x52F), (0x13A0, 0x13F5), (0x1C89, 0x1C8A), (0x1C90, 0x1CBF)),
    *((0x2C2F, 0x2C2F), (0xA698, 0xA69B), (0xA796, 0xA79F), (0xA7AB, 0xA7F5), (0x104B0, 0x104D3), (0x10570, 0x10595)),
    *((0x10C80, 0x10CB2), (0x10D50, 0x10D65), (0x118A0, 0x118BF), (0x16E40, 0x16E5F), (0x16EA0, 0x16EB8)),
    (0x1E900, 0x1E921),
)
"""Ranges of characters that FTS5 does not fold as `str.lower` does, those of later versions of Unicode among them."""
_ODD_CHARACTERS = "".join(chr(first) if first == last else f"{chr(first)}-{chr(last)}" for first, last in _ODD)

_LENGTH = 3
_MOST_PARTS = 12
"""How many parts of a text are looked up: more do not leave fewer rows."""
_PARTS = ("insert", "update", "delete")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _rows(name: str) -> str:
    return _quoted(f"{name}-rows")


def _made(index: IndexedTexts) -> Sequence[str]:
    rows, found = _rows(index.name), _quoted(index.name)
    keys = ", ".join(name for name, _ in index.key)
    columns = ", ".join(f"{name} {sql_type} NOT NULL" for name, sql_type in index.key)
    texts = ", ".join(f"c{place}" for place in range(len(index.texts)))
    same = " AND ".join(f"r.{name} = t.{name}" for name, _ in index.key)
    of_rows = ", ".join(f"t.{name}" for name in index.texts)
    return (
        f'CREATE TABLE {rows} ("odata-row" INTEGER PRIMARY KEY, {columns}, "odata-odd" INTEGER, UNIQUE ({keys}))',
        f'CREATE INDEX {_quoted(f"{index.name}-odd")} ON {rows} ("odata-odd") WHERE "odata-odd" IS NOT NULL',
        f"CREATE VIRTUAL TABLE {found} USING fts5({texts}, content='', tokenize='trigram', detail=none, columnsize=0)",
        f'INSERT INTO {rows} ({keys}, "odata-odd") SELECT {keys}, {_odd(index, "")} FROM {index.table}',
        f'INSERT INTO {found} (rowid, {texts}) SELECT r."odata-row", {of_rows} '
        f"FROM {rows} AS r JOIN {index.table} AS t ON {same}",
        *_triggers(index, rows, found, texts),
    )


def _triggers(index: IndexedTexts, rows: str, found: str, texts: str) -> tuple[str, str, str]:
    keys = ", ".join(name for name, _ in index.key)
    watched = tuple(dict.fromkeys((*(name for name, _ in index.key), *index.texts)))
    changed = " OR ".join(f"old.{name} IS NOT new.{name}" for name in watched)

    def at(row: str) -> str:
        return " AND ".join(f"{name} = {row}.{name}" for name, _ in index.key)

    def listed(row: str, names: Sequence[str]) -> str:
        return ", ".join(f"{row}.{name}" for name in names)

    key = [name for name, _ in index.key]
    number = f"{listed('new', key)}, {_odd(index, 'new.')}"
    takes_in = (
        f'INSERT INTO {found} (rowid, {texts}) SELECT "odata-row", {listed("new", index.texts)} '
        f"FROM {rows} WHERE {at('new')};"
    )
    lets_go = (
        f"INSERT INTO {found} ({found}, rowid, {texts}) "
        f"SELECT 'delete', \"odata-row\", {listed('old', index.texts)} FROM {rows} WHERE {at('old')};"
    )
    moves = ", ".join(f"{name} = new.{name}" for name in key)
    return (
        f"CREATE TRIGGER {_quoted(f'{index.name}-insert')} AFTER INSERT ON {index.table} BEGIN "
        f'INSERT INTO {rows} ({keys}, "odata-odd") VALUES ({number}); {takes_in} END',
        f"CREATE TRIGGER {_quoted(f'{index.name}-update')} AFTER UPDATE OF {', '.join(watched)} ON {index.table} "
        f"WHEN {changed} BEGIN {lets_go} "
        f'UPDATE {rows} SET {moves}, "odata-odd" = {_odd(index, "new.")} WHERE {at("old")}; {takes_in} END',
        f"CREATE TRIGGER {_quoted(f'{index.name}-delete')} AFTER DELETE ON {index.table} BEGIN {lets_go} "
        f"DELETE FROM {rows} WHERE {at('old')}; END",
    )


def _odd(index: IndexedTexts, row: str) -> str:
    """1 for a row that is odd, else null."""
    tests = (f"instr({row}{name}, char(0)) OR {row}{name} GLOB '*[{_ODD_CHARACTERS}]*'" for name in index.texts)
    return f"CASE WHEN {' OR '.join(tests)} THEN 1 END"


def _dropped(name: str) -> Sequence[str]:
    return (
        *(f"DROP TRIGGER IF EXISTS {_quoted(f'{name}-{part}')}" for part in _PARTS),
        f"DROP TABLE IF EXISTS {_quoted(name)}",
        f"DROP TABLE IF EXISTS {_rows(name)}",
    )


def _found(index: IndexedTexts, root: Source, _: Sequence[int], needle: Needle) -> Node:
    """That the row's key is among those of rows with all parts of the needle, or of odd ones."""
    rows, found = _rows(index.name), _quoted(index.name)
    key = [name[1:-1].replace('""', '"') for name, _ in index.key]
    columns = [Column(root, name) for name in key]
    keys = ", ".join(f"r.{name}" for name, _ in index.key)
    start = f'SELECT {keys} FROM {found} AS f CROSS JOIN {rows} AS r ON r."odata-row" = f.rowid WHERE f.{found} MATCH '
    odd = f'UNION ALL SELECT {keys} FROM {rows} AS r WHERE r."odata-odd" = 1'
    own: Node = columns[0] if len(columns) == 1 else EnclosedNodeList(columns)
    return NodeList((own, SQL(f"IN ({start}"), needle.held(_parts_of(needle)), SQL(f"{odd})")))


def _parts_of(needle: Needle) -> Callable[[str], str]:
    return _lowered_parts if needle.lowered else _parts


def _parts(text: str) -> str:
    """The parts of a text as FTS5 is asked for them all.

    >>> _parts("names")
    '"nam" AND "ame" AND "mes"'
    """
    last = len(text) - _LENGTH
    step = max(1, -(-(last + 1) // _MOST_PARTS))
    places = dict.fromkeys([*range(0, last, step), last])
    wanted = dict.fromkeys(text[place : place + _LENGTH].replace('"', '""') for place in places)
    return " AND ".join(f'"{part}"' for part in wanted)


def _lowered_parts(text: str) -> str:
    return _parts(text.lower())


def _serves(text: str, exact: bool) -> bool:
    return len(text) >= _LENGTH and "\0" not in text


TEXT_INDEX = TextIndex(_made, _dropped, _found, _serves)
