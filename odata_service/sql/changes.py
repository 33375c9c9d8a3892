"""Which entities have changed behind places in logs, as one statement over the logs of all that they depend on.

A log has what relates a changed row to others, as it was and as it is. So it stands in a join where its table does:
the entities whose orders have changed are those that the log of orders is joined to, and an order that has gone to
another customer leads to both.
"""

import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import product

from msgspec import Struct
from peewee import JOIN, SQL, Alias, Column, Expression, Node, NodeList, Select, Source, Table
from peewee import Join as Joined

from odata_service.edm.model import EntitySet
from odata_service.plan.delta import ChangesPlan
from odata_service.semantics.access import entity_of, path_of
from odata_service.semantics.reach import Chain
from odata_service.semantics.tree import DynamicProperty, KeyValue, PropertyAccess, TypeTest
from odata_service.semantics.walk import parts_of
from odata_service.sql.apply import source_tables
from odata_service.sql.code import Askings
from odata_service.sql.expression import balanced, condition
from odata_service.sql.families import CountedLog
from odata_service.sql.logs import logged_tables
from odata_service.sql.mapping import ID, PARENT, ColumnMapping, Mapping, with_askings
from odata_service.sql.rules import under_rules
from odata_service.sql.slots import filled
from odata_service.sql.source import Tables, equal_columns, link_columns, select
from odata_service.sql.statement import Statement, statement_of

Told = tuple[int, tuple[str, ...]]
"""The columns that are told of a station."""
_LONGEST_PATH = 3
"""How many navigation properties a path may have: each doubles what there is to ask."""
_MOST_VERSIONS = 4
"""How many logs are asked for the version of a result."""


class ChangesStatement(Struct, frozen=True):
    """The parts of a statement, each of which gives keys, in columns `k0` and so on, of some that have changed.

    Each takes the request's values and, as `since0` and so on, the places in the logs of `tables`. `columns` are those
    of the key in the order of the type's; of what is single there is none, and `k0` means nothing. `timed` gives the
    keys that there are at the instant `now`. Of keys that have changed those are told that one of `told` gives, where
    there are such. Where one of `roots` gives a row all may have changed.
    """

    parts: tuple[Statement, ...]
    tables: tuple[str, ...]
    columns: tuple[ColumnMapping, ...]
    timed: Statement | None = None
    told: tuple[Statement, ...] = ()
    roots: tuple[Statement, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(f"k{number}" for number in range(max(len(self.columns), 1)))

    def changed(self, behind: str = "") -> str:
        """The keys, each once, as text; `behind` is a condition of them."""
        listed, parts = ", ".join(self.names), [part.text for part in self.parts]
        if self.timed is not None:
            unlike = f"SELECT {listed} FROM ({self.timed.text}) AS one WHERE NOT {self._among(self.timed, 'one')}"
            parts += [unlike, unlike]
        conditions = [behind] if behind else []
        if self.told:
            conditions.append(f"({' OR '.join(self._among(part, 'parts') for part in self.told)})")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"SELECT DISTINCT {listed} FROM ({' UNION ALL '.join(parts)}) AS parts{where}"

    def _among(self, keys: Statement, alias: str) -> str:
        """That the key of a row is one of some."""
        same = " AND ".join(f"among.{name} = {alias}.{name}" for name in self.names)
        return f"EXISTS (SELECT 1 FROM ({keys.text}) AS among WHERE {same})"


class VersionStatement(Struct, frozen=True):
    """A statement without parameters, one of whose values is another whenever something has changed.

    `model` tells what it is a version of: another model has other versions. In place of the statement `counted` are the
    logs of a family that tells it by rows.
    """

    text: str
    model: str
    counted: tuple[CountedLog, ...] = ()


class RelatedStatement(Struct, frozen=True):
    """The statements that find which entities were or are related at the end of a chain, as logs have it.

    Their columns are those of the keys of both; they are filled as the parts of a `ChangesStatement` are.
    """

    chain: Chain
    parts: tuple[Statement, ...]
    columns: tuple[ColumnMapping, ...]
    others: tuple[ColumnMapping, ...]


def build_changes(plan: ChangesPlan, mapping: Mapping) -> ChangesStatement | None:
    """The statement of a plan; None where changes of something that it depends on are not written down."""
    building = _Changes(plan, mapping)
    tables = None if len(plan.path) > _LONGEST_PATH else _tables(building)
    if tables is None or not building.knows_rule:
        return None

    def made(queries: Iterable[Select]) -> tuple[Statement, ...]:
        return tuple(statement_of(query, mapping.family) for query in queries)

    roots = (part for root in plan.roots for part in _Changes(root, mapping).parts(tables))
    timed, told = made(building.timed()), made(building.told(tables))
    return ChangesStatement(
        made(building.parts(tables)), tables, building.key, next(iter(timed), None), told, made(roots)
    )


def build_version(plan: ChangesPlan, mapping: Mapping) -> VersionStatement | None:
    """The statement that tells versions of a plan's result apart; None where none costs next to nothing."""
    of, tables = mapping.family.change_log.version, _tables(_Changes(plan, mapping))
    if tables is None or len(tables) > _MOST_VERSIONS or plan.timed is not None:
        return None
    logs = [logged_tables(mapping)[table].name for table in tables]
    sources = [(name, table) for name, table in mapping.tables.items() if table.name in tables]
    computed = [(key, value) for key, value in mapping.computed.items() if key[0] in dict(sources)]
    model = f"{zlib.crc32(repr((logs, sources, computed)).encode()):x}"
    counted = mapping.family.change_log.counted
    if of is None:
        return None if counted is None else VersionStatement("", model, tuple(map(counted, logs)))
    return VersionStatement("SELECT " + ", ".join(f"({of(log)})" for log in logs), model)


def _tables(building: "_Changes") -> tuple[str, ...] | None:
    """The tables that a plan reads; None where changes of one are not written down."""
    found: dict[str, None] = {}
    for part in (building, *(_Changes(root, building.mapping) for root in building.plan.roots)):
        chains = ((), *part.plan.chains)
        found |= dict.fromkeys(station.table for chain in chains for station in part.stations(chain))
    tables = tuple(found)
    return tables if all(table in logged_tables(building.mapping) for table in tables) else None


def build_related(plan: ChangesPlan, tables: Sequence[str], mapping: Mapping) -> tuple[RelatedStatement, ...]:
    """The statements of what is related along the chains of a plan; `tables` are those whose logs it reads."""
    building = _Changes(plan, mapping)
    return tuple(
        RelatedStatement(
            chain,
            tuple(statement_of(part, mapping.family) for part in building.related(chain, tables)),
            building.key_of(chain[-1].source),
            building.key_of(chain[-1].target),
        )
        for chain in plan.chains
    )


class _Station(Struct, frozen=True):
    """A table on the way: its columns `names` are equal to the columns `before` of the one before it.

    Rows of a source have a `key` where the path names one; pairs have no source.
    """

    table: str
    before: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    source: EntitySet | None = None
    key: tuple[KeyValue, ...] = ()


class _Changes(Struct, frozen=True):
    """The parts of the statement of a plan."""

    plan: ChangesPlan
    mapping: Mapping

    @property
    def key(self) -> tuple[ColumnMapping, ...]:
        """The columns of the key of the entities."""
        return self.key_of(self.plan.target)

    def key_of(self, source: EntitySet) -> tuple[ColumnMapping, ...]:
        """The columns of the key of a source's entities."""
        columns = self.mapping.tables[source.name].columns
        leaves = () if source.is_single else self.mapping.schema.key_leaves(source.entity_type)
        return tuple(columns[leaf.path] for _, leaf in leaves)

    def stations(self, chain: Chain = ()) -> list[_Station]:
        """The tables from the beginning of the path to the end of a chain behind it."""
        plan, tables = self.plan, self.mapping.tables
        found = [_Station(tables[plan.entity_set.name].name, source=plan.entity_set, key=plan.keys[0])]
        for place, hop in enumerate((*plan.path, *chain), 1):
            join = self.mapping.join(hop.source, hop.owner, hop.navigation)
            before = join.source
            if join.link is not None:
                found.append(_Station(join.link.name, before, link_columns(join.link, "source")))
                before = link_columns(join.link, "target")
            key = plan.keys[place] if place < len(plan.keys) else ()
            found.append(_Station(tables[hop.target.name].name, before, join.target, hop.target, key))
        return found

    def parts(self, tables: Sequence[str]) -> Iterator[Select]:
        """A SELECT for each choice of tables in whose places logs stand."""
        path = self.stations()
        last = len(path) - 1
        told = [(last, self._names(self.plan.target))]
        for logged in self._choices(path):
            yield self._part(path, logged, told, tables)
        for chain in self.plan.chains:
            whole = self.stations(chain)
            yield self._part(whole, {len(whole) - 1}, told, tables)
            if whole[-2].source is None:
                yield self._part(whole[:-1], {len(whole) - 2}, told, tables)

    def timed(self) -> Iterator[Select]:
        """A SELECT of the keys that there are under the rules, where that depends on the time."""
        if self.plan.timed is not None:
            source, where = self.plan.timed.source, self.plan.timed.where
            tables = source_tables(source, self._ruled)
            if where is not None:
                tables.conditions.append(condition(where, tables))
            yield select(tables, self._keys(tables.root))

    def told(self, tables: Sequence[str]) -> Iterator[Select]:
        """Under a rule a SELECT of the keys that it lets see, and one of those that it has let see since."""
        plan, rule = self.plan, self.plan.rule
        if rule is None:
            return
        rows = self._ruled.rows(plan.target.name, "v")
        yield Select([rows], self._keys(rows))
        table = self.mapping.tables[plan.target.name].name
        log = Table(logged_tables(self.mapping)[table].name).alias("v")
        seen = Tables(self._ruled, plan.target, log, log, self._behind(table, "v", tables))
        seen.conditions.append(condition(rule, seen))
        yield select(seen, self._keys(log))

    @property
    def knows_rule(self) -> bool:
        """Whether a log has all that the rule of the entities speaks of."""
        table = self.mapping.tables[self.plan.target.name]
        return self.plan.rule is None or self._is_logged(self.plan.rule, frozenset(table.logged))

    def _is_logged(self, node: object, logged: Collection[str]) -> bool:
        match node:
            case TypeTest() | DynamicProperty():
                return False
            case PropertyAccess() if entity_of(node) is None:
                name, path = self.plan.target.name, path_of(node)
                column = self.mapping.tables[name].columns.get(path)
                value = self.mapping.computed.get((name, path))
                if value is None:
                    return column is not None and column.name in logged
                return self._is_logged(value, logged)
            case _:
                return all(self._is_logged(part, logged) for part in parts_of(node))

    @property
    def _ruled(self) -> Mapping:
        """The mapping under the rules; they ask no code here."""
        return under_rules(with_askings(self.mapping, Askings()), self.plan.rules)

    def _keys(self, rows: Source) -> list[Node]:
        """The key of the entities as a SELECT gives it."""
        names = self._names(self.plan.target)
        columns: list[Node] = [Column(rows, name) for name in names]
        return [Alias(column, f"k{number}") for number, column in enumerate(columns or [SQL("1")])]

    def _choices(self, path: Sequence[_Station]) -> Iterator[set[int]]:
        """Which stations on a path may have changed together, so that it leads to others, or to these no more.

        What does not hold what leads on matters where something before it has changed: it may have gone since then.
        """
        leading = [
            place == len(path) - 1 or station.source is None or self._refers(station.source, path[place + 1])
            for place, station in enumerate(path)
        ]
        for flags in product((False, True), repeat=len(path)):
            logged = {place for place, is_logged in enumerate(flags) if is_logged}
            if logged and all(leading[place] or place > min(logged) for place in logged):
                yield logged

    def related(self, chain: Chain, tables: Sequence[str]) -> Iterator[Select]:
        """SELECTs of the keys of entities beside those of what the last hop of a chain leads to from them.

        They are in the log of what has changed itself, and in that of what refers to it: what has gone may still be
        referred to, and who refers to it is not told by any table then.
        """
        *before, hop = chain
        whole = self.stations(chain)
        last, end = len(self.stations(tuple(before))) - 1, len(whole) - 1
        own = last, self._names(hop.source)
        yield self._part(whole, {end}, [own, (end, self._names(hop.target))], tables)
        referring = dict(zip(whole[-1].names, whole[-1].before, strict=True))
        others = tuple(referring[name] for name in self._names(hop.target) if name in referring)
        if len(others) == len(referring) and (whole[-2].source is None or self._refers(hop.source, whole[-1])):
            yield self._part(whole[:-1], {end - 1}, [own, (end - 1, others)], tables)

    def _names(self, source: EntitySet) -> tuple[str, ...]:
        return tuple(column.name for column in self.key_of(source))

    def _refers(self, source: EntitySet, following: _Station) -> bool:
        """Whether entities hold what leads to the next ones, so that a change of theirs may lead to others."""
        lasting = (self.mapping.tables[source.name].identity, (ID,), (PARENT,))
        return following.source is not None and following.before not in lasting

    def _part(
        self, stations: Sequence[_Station], logged: Collection[int], told: Sequence[Told], tables: Sequence[str]
    ) -> Select:
        """The columns that are told of some stations, where logs stand in for the tables of others, or of the same."""
        joined: Node | None = None
        conditions: list[Node] = []
        aliases: list[Source] = []
        for number, station in enumerate(stations):
            name = logged_tables(self.mapping)[station.table].name if number in logged else station.table
            rows = Table(name).alias(f"t{number}")
            if joined is None:
                joined = rows
            else:
                on = equal_columns(aliases[-1], station.before, rows, station.names)
                joined = Joined(joined, rows, JOIN.INNER, on)
            if station.source is not None:
                within = Tables(self.mapping, station.source, rows, rows, [])
                conditions += within.key_conditions(station.key, rows, station.source)
            aliases.append(rows)
        for place in sorted(logged):
            conditions += self._behind(stations[place].table, f"t{place}", tables)
        found: list[Node] = [Column(aliases[at], name) for at, names in told for name in names]
        conditions += [Expression(column, "IS NOT", SQL("NULL")) for column in found]
        columns = [Alias(column, f"k{number}") for number, column in enumerate(found or [SQL("1")])]
        return Select([joined], columns).where(balanced("AND", conditions))

    def _behind(self, table: str, alias: str, tables: Sequence[str]) -> list[Node]:
        """That what a log has lies behind the place in it, and is no mark of its beginning."""
        family = self.mapping.family
        name, position = family.dialect.quoted(alias), family.dialect.quoted("odata-position")
        key = f"{name}.{logged_tables(self.mapping)[table].columns[0][0]}"
        text, *others = family.change_log.behind.replace(position, f"{name}.{position}").split("{}")
        nodes: list[Node] = [SQL(text)]
        for other in others:
            nodes += [filled(f"since{tables.index(table)}"), SQL(other)]
        return [NodeList(nodes, glue=" "), Expression(SQL(key), "IS NOT", SQL("NULL"))]
