"""The layout of a schema in a database: which tables its sources have, and how navigation properties are followed."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from itertools import dropwhile

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.edm.alternate_keys import alternate_keys
from odata_service.edm.annotations import (
    EXISTING,
    INDEX,
    LINK_TABLE,
    LOGGED,
    TABLE,
    Annotation,
    Record,
    Value,
    annotation_value,
    is_tagged,
    kept_name,
)
from odata_service.edm.leaves import Leaf, kept_path
from odata_service.edm.model import EntitySet, NavigationProperty, Schema, SourceKind
from odata_service.edm.nested import value_path
from odata_service.edm.searched import indexed_texts
from odata_service.edm.sources import has_names, navigation_members
from odata_service.edm.types import TypeRef
from odata_service.errors import ODataError, StorageMismatch
from odata_service.semantics.computed_properties import computed_values
from odata_service.semantics.tree import Expression
from odata_service.sql.families import SQLITE, Family
from odata_service.sql.mapping import (
    ID,
    PARENT,
    TYPE,
    ColumnMapping,
    Join,
    LinkTable,
    Mapping,
    MovedKey,
    TableMapping,
    column_name,
    columns_of,
    distinct,
    kept_type,
    stated_text,
)

_ID_TYPE = TypeRef("Edm.Guid", nullable=False)
_SOURCE = "source"


class _Relation(Struct, frozen=True):
    """A navigation property of a source's entities, told by its path there, and the source that it leads to.

    `prefix` begins the names of the columns behind it.
    """

    source: EntitySet
    path: str
    navigation: NavigationProperty
    target: EntitySet
    prefix: str


def mapping_of(
    schema: Schema, family: Family = SQLITE, *, search_index: bool = False, track_changes: bool = False
) -> Mapping:
    """The tables and joins of a schema in a database of a family.

    With `search_index` all searched texts have one; with `track_changes` all changes are written down.
    """
    sources = schema.sources.by_name
    names = distinct([_table_name(source, schema) for source in sources.values()])
    tables = {name: table for name, table in zip(sources, names, strict=True)}
    fitted = {name: family.dialect.fitted(table) for name, table in tables.items()}
    parts = _Parts(schema, family, fitted, search_index, track_changes)
    relations = [relation for source in sources.values() for relation in parts.relations(source)]
    joins = {(relation.source.name, relation.path): parts.join(relation) for relation in relations}
    hidden: dict[str, dict[str, ColumnMapping]] = {
        name: parts.system_columns(source) for name, source in sources.items()
    }
    reached: dict[str, dict[tuple[str, ...], None]] = {name: {} for name in sources}
    for relation in relations:
        join = joins[relation.source.name, relation.path]
        reached[relation.source.name][join.source] = None
        reached[relation.target.name][join.target] = None
        for column in parts.foreign_key(relation):
            hidden[relation.source.name][column.name] = column
    made = {name: parts.table(source, hidden[name], reached[name]) for name, source in sources.items()}
    moved = tuple(found for relation in relations if (found := parts.moved_key(relation)) is not None)
    return Mapping(schema, made, joins, family, computed=_computed(schema), moved=moved)


def _computed(schema: Schema) -> ReadOnly[tuple[str, str], Expression]:
    try:
        return computed_values(schema)
    except ODataError as problem:
        raise StorageMismatch([problem.message]) from problem


def _table_name(source: EntitySet, schema: Schema) -> str:
    """The name of the source; of a contained one without the namespace of the type that contains it."""
    owner, _, path = source.name.partition("/")
    if not path:
        return kept_name(owner, source.annotations)
    return f"{kept_type(owner, schema).rpartition('.')[2]}/{_kept_steps(path, owner, source.annotations, schema)}"


def _relations(source: EntitySet, schema: Schema) -> Iterator[_Relation]:
    members = list(navigation_members(source.entity_type, schema))
    prefixes = distinct([_kept_steps(part.name, owner, part.annotations, schema) for _, owner, part in members])
    for (path, owner, navigation), prefix in zip(members, prefixes, strict=True):
        target = schema.target(source, owner, navigation)
        if target is not None:
            yield _Relation(source, path, navigation, target, prefix)


def _kept_steps(path: str, owner: str, annotations: Sequence[Annotation], schema: Schema) -> str:
    """What storage calls a navigation property of a type: `address-country` where it is one of a complex value."""
    value, last = value_path(path), kept_name(path.rpartition("/")[2], annotations)
    return f"{column_name(kept_path(value, owner, schema))}-{last}" if value else last


class _Parts(Struct):
    """What tables are made of, worked out once for each source."""

    schema: Schema
    family: Family
    names: ReadOnly[str, str]
    search_index: bool
    track_changes: bool
    known: dict[str, dict[str, ColumnMapping]] = field(default_factory=dict)
    related: dict[str, list[_Relation]] = field(default_factory=dict)

    def relations(self, source: EntitySet) -> list[_Relation]:
        """The navigation properties of a source's entities that lead somewhere."""
        if source.name not in self.related:
            self.related[source.name] = list(_relations(source, self.schema))
        return self.related[source.name]

    def columns(self, source: EntitySet) -> dict[str, ColumnMapping]:
        """The columns of a source's properties by path."""
        if source.name not in self.known:
            self.known[source.name] = columns_of(source, self.schema, self.family.dialect)
        return self.known[source.name]

    def table(
        self, source: EntitySet, hidden: ReadOnly[str, ColumnMapping], reached: Iterable[tuple[str, ...]]
    ) -> TableMapping:
        """The table of a source; an index goes with each way of reaching its rows."""
        columns, key, reached = self.columns(source), self.key(source), list(reached)
        leaves = self.schema.leaves(source.entity_type).items()
        marked = [(columns[path].name,) for path, leaf in leaves if is_tagged(leaf.annotations, INDEX)]
        typed = [(TYPE,)] if TYPE in hidden else []
        paired = tuple(self.paired(source))
        others = (names for names in (*reached, *marked, *typed) if names not in paired)
        wanted = dict.fromkeys(names for names in others if names != key[: len(names)])
        stated = stated_text(source.annotations, TABLE)
        name = self.names[source.name] if stated is None else stated
        existing = is_tagged(source.annotations, EXISTING)
        searched = () if existing else self.searched(source)
        told = ((columns[path].name,) for path, leaf in leaves if is_tagged(leaf.annotations, LOGGED))
        logged = tuple(dict.fromkeys(name for names in (key, *reached, *told) for name in names))
        is_hash = any(column.hashed for column in columns.values() if column.name in key)
        unique = () if existing else (*self.unique(source), *paired)
        identity = self.identity_names(source)
        return TableMapping(
            name,
            columns,
            hidden,
            key,
            identity,
            tuple(wanted),
            existing,
            searched,
            () if is_hash else self.logged(logged),
            unique,
        )

    def logged(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """The columns that are written down of each change."""
        return columns if self.track_changes else ()

    def unique(self, source: EntitySet) -> Iterator[tuple[str, ...]]:
        """The columns of each alternate key, with the name of whom the entities are in."""
        around = (PARENT,) if source.kind is SourceKind.CONTAINED else ()
        if source.kind in {SourceKind.ENTITY_SET, SourceKind.CONTAINED}:
            for key in alternate_keys(source, self.schema):
                yield (*around, *(self.columns(source)[leaf.path].name for _, leaf in key))

    def searched(self, source: EntitySet) -> tuple[str, ...]:
        """The columns whose texts an index finds, where the family has such indexes."""
        if self.family.text_index is None:
            return ()
        paths, columns = indexed_texts(source, self.schema, everywhere=self.search_index), self.columns(source)
        return tuple(columns[path].name for path in paths if path in columns)

    def system_columns(self, source: EntitySet) -> dict[str, ColumnMapping]:
        """What a source's rows hold beside properties: type, own name, the name of whom they are in."""
        found = []
        if self.schema.is_polymorphic(source.entity_type):
            declared = self.schema.entity_type(source.entity_type)
            default = None if declared.abstract else declared.name
            found.append(ColumnMapping(TYPE, TypeRef("Edm.String"), nullable=False, default=default))
        if has_names(source, self.schema):
            found.append(ColumnMapping(ID, _ID_TYPE, nullable=False))
        if source.is_contained:
            found.append(ColumnMapping(PARENT, _ID_TYPE, nullable=False))
        return {column.name: column for column in found}

    def key(self, source: EntitySet) -> tuple[str, ...]:
        """The columns of the table's primary key."""
        match source.kind:
            case SourceKind.SINGLETON:
                return (ID,)
            case SourceKind.CONTAINED_SINGLE:
                return (PARENT,)
            case SourceKind.CONTAINED:
                return (PARENT, *(column.name for column in self._own_key(source)))
            case SourceKind.ENTITY_SET:
                return tuple(column.name for column in self._own_key(source))

    def identity(self, source: EntitySet) -> tuple[ColumnMapping, ...]:
        """The columns by which others refer to an entity: its key, or its name where the key alone is not enough."""
        if source.kind is SourceKind.ENTITY_SET:
            return self._own_key(source)
        return (ColumnMapping(ID, _ID_TYPE, nullable=False),)

    def identity_names(self, source: EntitySet) -> tuple[str, ...]:
        """The names of those columns."""
        return tuple(column.name for column in self.identity(source))

    def join(self, relation: _Relation) -> Join:
        """How a navigation property is followed."""
        navigation, target = relation.navigation, relation.target
        if target.is_contained:
            return Join((ID,), (PARENT,))
        partner = self._partner(relation)
        if partner is not None and partner.navigation.contains_target:
            return Join((PARENT,), (ID,))
        if partner is not None and self._holds_key(partner, relation):
            back = self._to_one(partner)
            return Join(back.target, back.source)
        if not navigation.collection:
            return self._to_one(relation)
        stated = annotation_value(navigation.annotations, LINK_TABLE)
        if isinstance(stated, Record):
            return self._existing_link(relation, stated)
        return self._linked(relation, partner)

    def foreign_key(self, relation: _Relation) -> tuple[ColumnMapping, ...]:
        """The hidden columns behind a single-valued navigation property that no properties stand for."""
        partner = self._partner(relation)
        if partner is not None and (partner.navigation.contains_target or self._holds_key(partner, relation)):
            return ()
        return self._own_foreign_key(relation)

    def _own_foreign_key(self, relation: _Relation) -> tuple[ColumnMapping, ...]:
        """Those columns as long as no partner has the key."""
        navigation = relation.navigation
        if navigation.collection or navigation.referential_constraints or relation.target.is_contained:
            return ()
        return self._referring(relation.target, relation.prefix, nullable=True)

    def moved_key(self, relation: _Relation) -> MovedKey | None:
        """The foreign key that a navigation property had while both partners had one of their own."""
        partner, own = self._partner(relation), self._own_foreign_key(relation)
        if not own or partner is None or partner.navigation.contains_target or not self._holds_key(partner, relation):
            return None
        held = self._to_one(partner)
        names = tuple(column.name for column in own)
        return MovedKey(relation.source.name, names, relation.target.name, held.source)

    def paired(self, source: EntitySet) -> Iterator[tuple[str, ...]]:
        """The foreign keys of a source by which an entity is related to one that has no other."""
        for relation in self.relations(source):
            partner = self._partner(relation)
            if partner is None or partner == relation or partner.navigation.collection:
                continue
            names = self._constrained(relation) or tuple(column.name for column in self.foreign_key(relation))
            if names and not {*self.key(source)} <= {*names}:
                yield names

    def _constrained(self, relation: _Relation) -> tuple[str, ...]:
        """The columns of the properties that refer to what a single-valued navigation property leads to."""
        navigation, partner = relation.navigation, self._partner(relation)
        is_inside = relation.target.is_contained or (partner is not None and partner.navigation.contains_target)
        is_held = navigation.referential_constraints and not (navigation.collection or is_inside)
        return self._to_one(relation).source if is_held else ()

    def _holds_key(self, partner: _Relation, relation: _Relation) -> bool:
        """Whether the partner's entities have the foreign key behind a navigation property.

        Of two single ones one has it: that with a referential constraint, else the one that is declared first.
        """
        theirs, own = partner.navigation, relation.navigation
        if theirs.collection or own.collection:
            return not theirs.collection
        if own.referential_constraints or theirs.referential_constraints:
            return not own.referential_constraints
        return self._place(partner) < self._place(relation)

    def _place(self, relation: _Relation) -> tuple[int, int]:
        """Where a navigation property stands among all of the model."""
        paths = [known.path for known in self.relations(relation.source)]
        return list(self.names).index(relation.source.name), paths.index(relation.path)

    def _partner(self, relation: _Relation) -> _Relation | None:
        """The navigation property that leads back, where it leads back to this very source."""
        stated = relation.navigation.partner
        if stated is None:
            return None
        path = self.schema.member_path(relation.target.entity_type, relation.navigation.target, _uncast(stated))
        back = (other for other in self.relations(relation.target) if other.path == path)
        found = next(back, None)
        if found is None or (found.target != relation.source and not found.navigation.contains_target):
            return None
        return found

    def _own_key(self, source: EntitySet) -> tuple[ColumnMapping, ...]:
        columns = self.columns(source)
        return tuple(columns[part.path] for part in self.schema.key(source.entity_type))

    def _to_one(self, relation: _Relation) -> Join:
        columns, referenced = self.columns(relation.source), self.columns(relation.target)
        constraints = relation.navigation.referential_constraints
        if constraints:
            cast = relation.path[: -len(relation.navigation.name) - 1]
            paths = [self._path(relation.source, cast, constraint.property) for constraint in constraints]
            return Join(
                tuple(columns[path].name for path in paths),
                tuple(referenced[constraint.referenced_property].name for constraint in constraints),
            )
        own = self._referring(relation.target, relation.prefix, nullable=True)
        return Join(tuple(column.name for column in own), self.identity_names(relation.target))

    def _path(self, source: EntitySet, cast: str, path: str) -> str:
        """The path of a leaf among all entities of a source; it may lead through complex values."""
        first, slash, rest = path.partition("/")
        return self.schema.member_path(source.entity_type, cast or source.entity_type, first) + slash + rest

    def _linked(self, relation: _Relation, partner: _Relation | None) -> Join:
        """Pairs in a table of their own; both directions of a many-to-many share it."""
        here = self.names[relation.source.name], relation.prefix
        mirrored = partner is not None and (self.names[partner.source.name], partner.prefix) < here
        owner = partner if mirrored and partner is not None else relation
        source = self._referring(owner.source, _SOURCE, nullable=False)
        target = self._referring(owner.target, "target", nullable=False)
        name = self.family.dialect.fitted(f"{self.names[owner.source.name]}-{owner.prefix}")
        logged = self.logged(tuple(column.name for column in (*source, *target)))
        link = LinkTable(name, *((target, source) if mirrored else (source, target)), logged=logged)
        return Join(self.identity_names(relation.source), self.identity_names(relation.target), link)

    def _existing_link(self, relation: _Relation, stated: Record) -> Join:
        """Pairs in a table that is there already, as the annotation describes it."""
        own, referenced = self.identity(relation.source), self.identity(relation.target)
        source = _paired(relation.navigation, stated.values.get("Source"), own)
        target = _paired(relation.navigation, stated.values.get("Target"), referenced)
        logged = self.logged(tuple(column.name for column in (*source, *target)))
        link = LinkTable(str(stated.values.get("Table")), source, target, existing=True, logged=logged)
        return Join(self.identity_names(relation.source), self.identity_names(relation.target), link)

    def _referring(self, target: EntitySet, prefix: str, *, nullable: bool) -> tuple[ColumnMapping, ...]:
        """The columns that refer to entities of a source."""
        if target.kind is not SourceKind.ENTITY_SET:
            return (ColumnMapping(f"{prefix}-{ID}", _ID_TYPE, nullable),)
        parts = self.schema.key_leaves(target.entity_type)
        kept = [self._kept_part(name, leaf, target) for name, leaf in parts]
        return tuple(
            ColumnMapping(f"{prefix}-{name}", leaf.type, nullable) for name, (_, leaf) in zip(kept, parts, strict=True)
        )

    def _kept_part(self, name: str, leaf: Leaf, target: EntitySet) -> str:
        """What storage calls a part of a key: its alias, or its path as it was before anything was renamed."""
        return kept_path(leaf.path, target.entity_type, self.schema) if name == leaf.path else name


def _uncast(partner: str) -> str:
    """The path of a partner behind the casts that it begins with."""
    steps = partner.split("/")
    return "/".join(dropwhile(lambda step: "." in step, steps))


def _paired(
    navigation: NavigationProperty, names: Value | None, key: Sequence[ColumnMapping]
) -> tuple[ColumnMapping, ...]:
    """The columns of a link table that hold one side's key."""
    listed = names if isinstance(names, tuple) else ()
    if len(listed) != len(key):
        raise StorageMismatch(
            [f"The {LINK_TABLE} of '{navigation.name}' names {len(listed)} columns for a key of {len(key)}: name each."]
        )
    return tuple(replace(part, name=str(name), nullable=False) for name, part in zip(listed, key, strict=True))
