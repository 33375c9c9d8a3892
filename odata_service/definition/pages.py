"""The reader of documentation pages: resource pages and API pages in; types, entity sets, operations out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from odata_service.definition.api_page import ApiPage
from odata_service.definition.catalogue import Catalogue
from odata_service.definition.enumerations import EnumFacts
from odata_service.definition.exposure import Exposure
from odata_service.definition.kinds import Kinds
from odata_service.definition.members import MemberReader, deprecation
from odata_service.definition.page_files import PageFacts, read_files
from odata_service.definition.page_operations import Operations
from odata_service.definition.paths import PathTree, links_by_api
from odata_service.definition.relationships import complete_relationships
from odata_service.definition.resource_page import DEFAULT_NAMESPACE, MethodRow, ResourcePage
from odata_service.definition.type_cell import TypeCell
from odata_service.definition.unknown_types import UnknownTypes
from odata_service.edm.annotations import ALSO_KNOWN_AS, DESCRIPTION, Annotation
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.document import GRAPH
from odata_service.edm.model import (
    ActionImport,
    ComplexType,
    EntityType,
    EnumType,
    KeyProperty,
    Member,
    StructuredType,
)
from odata_service.edm.types import IDENTIFIER
from odata_service.errors import Problem


def read(sources: Sequence[Sequence[Path]], builder: SchemaBuilder) -> None:
    """Adds what the pages define; those of one source, or of one folder, may describe parts of one type.

    All pages of all sources are read together, since they link to each other.
    """
    facts = read_files([file for source in sources for file in source])
    for problem in facts.problems:
        builder.problem(problem)
    if facts.resources or facts.enumerations:
        numbers = {str(file): number for number, source in enumerate(sources) for file in source}
        _Assembly(facts, numbers, builder).add()


class _Assembly:
    """The pages that were given, which look each other up, and the builder that gets what they define."""

    def __init__(self, facts: PageFacts, sources: Mapping[str, int], builder: SchemaBuilder) -> None:
        self.apis = facts.apis
        self.builder = builder
        self.catalogue = Catalogue(facts.resources, facts.enumerations, sources)
        self.kinds = Kinds(self.catalogue)
        self.unknown = UnknownTypes(self.catalogue)
        self.enumerations: dict[str, EnumType] = {}
        for found in self.catalogue.enumerations.values():
            enumeration = _enumeration(found)
            if enumeration is not None and self.is_free(enumeration):
                self.enumerations[enumeration.name] = enumeration
        self.others: dict[str, StructuredType] = {}
        for known in self.unknown.found.values():
            declared = known.declaration()
            self.report((known.problem,))
            if isinstance(declared, EnumType):
                self.enumerations[declared.name] = declared
            elif declared is not None:
                self.others[declared.name] = declared
        self.reader = MemberReader(self.catalogue, self.kinds, self.unknown, self.enumerations)

    def is_free(self, declared: EnumType) -> bool:
        """Whether no page describes a structured type of the enumeration's name; a warning where one does."""
        page = self.catalogue.types.get(declared.name.lower())
        if page is None:
            return True
        message = f"The values of '{declared.name}' are left out: the type of that name at {page.origin} counts."
        self.builder.problem(Problem("warning", message, declared.origin))
        return False

    def report(self, problems: Iterable[Problem]) -> None:
        """Passes findings on."""
        for problem in problems:
            self.builder.problem(problem)

    def add(self) -> None:
        """Adds all types, then what is exposed of them and what can be called."""
        exposure = Exposure(self.catalogue, self.kinds, self.tree(), {**dict(self.structured_types()), **self.others})
        exposure.build()
        operations = Operations(exposure, self.name_of, self.namespace())
        operations.read()
        for declared in (*complete_relationships(exposure.types), *self.enumerations.values()):
            self.builder.add_type(declared)
        for entity_set in exposure.entity_sets.values():
            self.builder.add_entity_set(entity_set)
        for singleton in exposure.singletons.values():
            self.builder.add_singleton(singleton)
        for operation in operations.found:
            self.builder.add_operation(operation)
        for found in operations.imports:
            if isinstance(found, ActionImport):
                self.builder.add_action_import(found)
            else:
                self.builder.add_function_import(found)
        for problems in (self.catalogue.problems, self.kinds.problems, exposure.problems, operations.problems):
            self.report(problems)
        if not exposure.entity_sets and not exposure.singletons:
            described: list[ResourcePage | EnumFacts] = [
                *self.catalogue.types.values(),
                *self.catalogue.enumerations.values(),
            ]
            first = described[0]
            message = f"Nothing is exposed: '{first.name}' is no entity type that has entities of its own."
            self.builder.problem(Problem("warning", message, first.origin))
        entities = [page for page in self.catalogue.types.values() if self.kinds.is_entity(page)]
        shows_types = any("@odata.type" in page.example.members for page in entities)
        self.builder.use_profile(replace(GRAPH, type_in_entities=shows_types))

    def tree(self) -> PathTree:
        """The paths of all API pages."""
        return PathTree(self.apis, self.catalogue, self.kinds)

    def namespace(self) -> str:
        """The namespace that most types have."""
        found = Counter(page.namespace for page in self.catalogue.types.values())
        return found.most_common(1)[0][0] if found else DEFAULT_NAMESPACE

    def structured_types(self) -> Iterator[tuple[str, StructuredType]]:
        """The entity and complex types, base types before those that derive from them."""
        names = self.other_names()
        declared: dict[str, frozenset[str]] = {}
        pages = sorted(self.catalogue.types.values(), key=lambda page: len(self.catalogue.ancestry(page)))
        read: dict[str, StructuredType] = {}
        for page in pages:
            base = self.catalogue.base_of(page)
            inherited = declared[base.name] if base is not None else frozenset()
            read[page.name] = self.structured_type(page, inherited, names.get(page.name, ()))
            own = read[page.name]
            structural = (part.name.lower() for part in own.properties)
            declared[page.name] = inherited.union(structural, (part.name.lower() for part in own.navigation_properties))
        for page in self.catalogue.types.values():
            yield page.name, read[page.name]

    def structured_type(self, page: ResourcePage, inherited: frozenset[str], others: Sequence[str]) -> StructuredType:
        """The type of a page; what its base types declare is not declared again."""
        members = self.reader.read(page, inherited)
        self.report((*page.problems, *members.problems))
        base = self.catalogue.base_of(page)
        if base is None and page.base is not None and self.catalogue.named(page.base.name, page.namespace) is None:
            message = (
                f"The base type '{page.base.name}' is on no page that was given; its rows are read as the type's own."
            )
            self.builder.problem(Problem("info", message, page.origin))
        annotations = (
            *((Annotation(DESCRIPTION, page.description),) if page.description else ()),
            *((Annotation(ALSO_KNOWN_AS, tuple(others)),) if others else ()),
            *((deprecation(),) if page.is_deprecated else ()),
        )
        is_abstract = page.is_abstract or (page.seems_abstract and bool(self.catalogue.derived_from(page)))
        if not self.kinds.is_entity(page):
            return ComplexType(
                page.name,
                tuple(members.properties),
                tuple(members.navigation_properties),
                base.name if base is not None else None,
                is_abstract,
                page.is_open,
                annotations,
                page.origin,
            )
        return EntityType(
            name=page.name,
            properties=tuple(members.properties),
            key=tuple(KeyProperty(part) for part in self.kinds.own_key(page)),
            navigation_properties=tuple(members.navigation_properties),
            base=base.name if base is not None else None,
            abstract=is_abstract,
            open=page.is_open,
            has_stream=page.has_stream,
            annotations=annotations,
            origin=page.origin,
        )

    def other_names(self) -> Mapping[str, Sequence[str]]:
        """The names in other namespaces that API pages call types by; a warning for each page that does."""
        links = links_by_api(self.catalogue)
        found: dict[str, set[str]] = {}
        for api in self.apis:
            for page in self._pages_of(api, links):
                for name, origin in api.type_names:
                    namespace, _, short = name.rpartition(".")
                    if short.lower() == page.short_name.lower() and namespace.lower() != page.namespace.lower():
                        message = f"The type is called '{name}' here, but '{page.name}' at {page.origin}, which counts."
                        self.builder.problem(Problem("warning", message, origin))
                        found.setdefault(page.name, set()).add(name)
        return {name: sorted(others) for name, others in found.items()}

    def _pages_of(
        self, api: ApiPage, links: Mapping[str, Sequence[tuple[ResourcePage, MethodRow]]]
    ) -> list[ResourcePage]:
        """The resource page whose methods an API page describes: the one that links to it, else that of its name."""
        linked = [page for page, _ in links.get(api.stem, ())]
        if linked:
            return linked[:1]
        stem = api.stem.rpartition("-")[0]
        return [page for page in self.catalogue.types.values() if not page.methods and stem in page.stems]

    def name_of(self, cell: TypeCell, page: ResourcePage | None) -> str:
        """The qualified name of a parameter's type; String where no page and no enumeration has it."""
        if cell.primitive is not None:
            return cell.primitive
        if not cell.name:
            return "Edm.String"
        found = self.catalogue.lookup(cell, page) if page is not None else self.catalogue.named(cell.name, "")
        if isinstance(found, ResourcePage):
            return found.name
        if isinstance(found, EnumFacts):
            name = f"{found.namespace}.{found.name}"
            return name if name in self.enumerations else "Edm.String"
        known = self.unknown.get(cell, page) if page is not None else self.unknown.found.get(cell.name.lower())
        return known.name if known is not None and known.kind != "text" else "Edm.Untyped"


def _enumeration(found: EnumFacts) -> EnumType | None:
    """The enumeration type of a table of members; None where the members are no names."""
    if not found.members or not all(IDENTIFIER.fullmatch(member.name) for member in found.members):
        return None
    is_numbered = all(member.number is not None for member in found.members)
    return EnumType(
        f"{found.namespace}.{found.name}",
        tuple(
            Member(
                member.name,
                member.number if is_numbered and member.number is not None else place,
                (Annotation(DESCRIPTION, member.description),) if member.description else (),
            )
            for place, member in enumerate(found.members)
        ),
        is_flags=found.is_flags and is_numbered,
        annotations=(Annotation(DESCRIPTION, found.description),) if found.description else (),
        origin=found.origin,
    )
