"""Collections that transformations make for each row of another SELECT: the rows that each of them is made of.

Their statement begins with what the rows around them are made of, goes through what was done before, and stands beside
a list of those rows: each is told by what it is equal in, and inside of another such collection also by the number of
the row around it. What is done then is done in groups, one for each row of the list.
"""

from collections.abc import Sequence

from msgspec.structs import replace
from peewee import JOIN, SQL, Entity, Node, Select
from peewee import Alias as Named
from peewee import Expression as SqlExpression
from peewee import Join as SqlJoin

from odata_service.edm.types import INT64
from odata_service.plan.model import ApplySource, PathSource, ToMany
from odata_service.semantics.resolved import NestedGroup
from odata_service.semantics.transformations import Pipeline, added_member
from odata_service.sql.apply import Building, begun_rows
from odata_service.sql.families import Encode, Parents
from odata_service.sql.mapping import Mapping
from odata_service.sql.related import child_tables
from odata_service.sql.rows import Closing, Group, Rows, forked, joined_on, named
from odata_service.sql.source import Tables

PARENT = added_member("$parent", INT64)
"""The number of the row that a row belongs to."""

Begun = tuple[Rows, Group, tuple[Encode | None, ...]]
"""The rows that collections are made of, the groups that they are made in, and how what tells these is sent."""


def nested_tables(chain: Sequence[ToMany], mapping: Mapping) -> tuple[Tables, tuple[Encode | None, ...]]:
    """What transformations make for each row of a list, and how the list is sent.

    `chain` has the collection last, and before it those that it is inside of.
    """
    building = Building(Closing(mapping))
    begun, group, encoders = _begun(chain, building)
    made = building.run(_pipeline(chain[-1]).steps, begun, group)
    return building.closing.finished(made).tables, encoders


def list_name(level: int) -> str:
    """What the list of the rows around is called that a collection so many levels further inside begins with."""
    return "parents" if level == 0 else f"parents{level}"


def _begun(chain: Sequence[ToMany], building: Building, level: int = 0) -> Begun:
    *around, child = chain
    if child.group is None:
        return _of_entities(child, building, level)
    if child.is_inside:
        rows, group, _ = _begun(around, building, level + 1)
    else:
        source = child.plan.source
        assert isinstance(source, ApplySource), "a group is one of what transformations leave"
        rows, group = begun_rows(source.path, building.mapping), Group()
    return _of_groups(child.group, rows, group, building, level)


def _of_entities(child: ToMany, building: Building, level: int) -> Begun:
    """The entities that each of some others is related to, those included that are related to none."""
    mapping, path = building.mapping, child.plan.source
    assert isinstance(path, ApplySource) and isinstance(path.path, PathSource), "expanded entities are those of a set"
    join = mapping.join(child.parent_set, child.parent_type, child.navigation)
    tables = child_tables(join, path.path.entity_set, mapping, list_name(level))
    parents = tables.parents
    assert parents is not None, "an expanded collection has parents"
    tables.results[PARENT] = parents.number
    listed = Select([parents.source], [Named(parents.number, "n")]).alias("p")
    entity_type = path.path.entity_type
    begun = Rows(tables, entity_type, (PARENT,), restricted=True)
    return begun, _group(tables, listed, entity_type), parents.encoders


def _of_groups(nested: NestedGroup, rows: Rows, group: Group, building: Building, level: int) -> Begun:
    """The instances of each of some groups, which are told by what these are equal in."""
    closing, mapping = building.closing, building.mapping
    rows = building.run(nested.before, rows, group)
    for grouping in nested.levels:
        rows, group = building.within(grouping, rows, group)
        rows = building.run(grouping.steps or (), rows, group)
    rows = closing.closed(rows) if rows.open or rows.tables.parents is not None else rows
    tables = forked(rows).tables
    if not group.keys:
        tables.results[PARENT] = SQL("0")
        listed = Select(columns=[Named(SQL("0"), "n")]).alias("p")
        return _of_list(rows, tables), _group(tables, listed, rows.entity_type), ()
    known = [tables.kept(key) for key in group.keys]
    parents = mapping.family.parents([codec for _, codec in known], list_name(level))
    listed = _listed(parents)
    same = mapping.family.dialect.same
    pairs: list[Node] = [SqlExpression(node, same, Entity("p", f"k{place}")) for place, (node, _) in enumerate(known)]
    tables.joined = SqlJoin(tables.joined, listed, JOIN.INNER, joined_on(pairs))
    tables.results[PARENT] = Entity("p", "n")
    return _of_list(rows, tables), _group(tables, listed, rows.entity_type), parents.encoders


def _of_list(rows: Rows, tables: Tables) -> Rows:
    """The rows with the number of the row of the list that they belong to."""
    members = (*(member for member in rows.members if member != PARENT), PARENT)
    return replace(rows, tables=tables, members=members, open=True, restricted=True)


def _listed(parents: Parents) -> Select:
    return Select([parents.source], [Named(parents.number, "n"), *named(parents.key, [])]).alias("p")


def _group(tables: Tables, listed: Select, entity_type: str) -> Group:
    """A group for each row of the list, whatever belongs to it."""
    alone = Tables(tables.mapping, tables.entity_set, tables.root, listed, [], results={PARENT: Entity("p", "n")})
    return Group((PARENT,), Rows(alone, entity_type, (PARENT,)))


def _pipeline(child: ToMany) -> Pipeline:
    source = child.plan.source
    assert isinstance(source, ApplySource), "transformations make the collection"
    return source.pipeline
