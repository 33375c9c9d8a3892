"""The reader of documentation pages: resource pages and API pages in, entity types and entity sets out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from odata_service.definition.api_page import ApiPage, is_api_page, read_api_page
from odata_service.definition.markdown import Page, parse_page
from odata_service.definition.members import read_members_of
from odata_service.definition.naming import entity_set_name, plural
from odata_service.definition.relationships import complete_relationships
from odata_service.definition.resource_page import MemberRow, ResourcePage, read_resource_page
from odata_service.edm.annotations import ALSO_KNOWN_AS, DESCRIPTION, Annotation
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import EntitySet, EntityType, KeyProperty, Profile
from odata_service.errors import Origin, Problem

_FOLDERS = ("", "resources", "api")


class PageReader:
    """Reads Markdown pages; all pages of all sources together, since they link to each other."""

    kinds = "Markdown pages (.md)"

    def accepts(self, file: Path) -> bool:
        """Whether the file's name is that of a page."""
        return file.suffix.lower() in (".md", ".markdown")

    def files_in(self, directory: Path) -> tuple[Path, ...]:
        """The pages of a directory and of its `resources` and `api` folders, in order of their names."""
        folders = (directory / folder for folder in _FOLDERS)
        files = (file for folder in folders if folder.is_dir() for file in sorted(folder.iterdir()))
        return tuple(file for file in files if file.is_file() and self.accepts(file))

    def read(self, files: Sequence[Path], builder: SchemaBuilder) -> None:
        """Adds what the pages define."""
        pages = [page for file in files if (page := _read_file(file, builder)) is not None]
        apis = [read_api_page(page) for page in pages if is_api_page(page)]
        resources = [
            found for page in pages if not is_api_page(page) and (found := read_resource_page(page)) is not None
        ]
        for found in resources:
            for problem in found.problems:
                builder.problem(problem)
        _Assembly(_with_inheritance(resources), tuple(apis), builder).add()


def _read_file(file: Path, builder: SchemaBuilder) -> Page | None:
    try:
        content = file.read_bytes()
    except OSError as error:
        builder.problem(Problem("error", f"The file cannot be read: {error.strerror}.", Origin(str(file))))
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        builder.problem(Problem("warning", "The file is not UTF-8; it is read as Windows-1252.", Origin(str(file))))
    return parse_page(text, str(file))


def _with_inheritance(resources: Sequence[ResourcePage]) -> tuple[ResourcePage, ...]:
    """The pages, those marked that inherit from an entity's page."""
    given = tuple(resources)
    return tuple(replace(page, inherits_entity=any(part.is_entity for part in ancestry(page, given))) for page in given)


def ancestry(page: ResourcePage, given: Sequence[ResourcePage]) -> list[ResourcePage]:
    """The page and those of its base types' pages that were given."""
    by_name = {other.name.lower(): other for other in given}
    chain = [page]
    while (base := by_name.get((chain[-1].base or "").lower())) is not None and base not in chain:
        chain.append(base)
    return chain


@dataclass(frozen=True)
class _Assembly:
    """The pages that were given, which look each other up, and the builder that gets what they define."""

    resources: tuple[ResourcePage, ...]
    apis: tuple[ApiPage, ...]
    builder: SchemaBuilder

    def add(self) -> None:
        """Adds a type and an entity set for each entity's page."""
        entities = [page for page in self.resources if page.is_entity]
        types = [self.entity_type(page) for page in entities if self.has_key(page)]
        unique: dict[str, EntityType] = {}
        for declared in types:
            unique.setdefault(declared.name, declared)
        for declared in (*complete_relationships(tuple(unique.values())), *_further(types, unique.values())):
            self.builder.add_type(declared)
        # A type whose set is called after it keeps the name; another one that is reached by the same segment gives way.
        for page in sorted(entities, key=lambda page: self.entity_set_name(page) != plural(page.short_name)):
            if page.name in unique and unique[page.name].origin == page.origin and not page.is_abstract:
                self.builder.add_entity_set(self.entity_set(page))
        for page in self.resources:
            if not page.is_entity:
                self.refuse(page)
        if any("@odata.type" in page.example.members for page in entities):
            self.builder.use_profile(Profile(type_in_entities=True))

    def has_key(self, page: ResourcePage) -> bool:
        """Whether the page or a base page states a key; an error of the page where none does."""
        if self.key(page):
            return True
        message = f"'{page.name}' has no key: state \"keyProperty\" in the annotation of its JSON representation."
        self.builder.problem(Problem("error", message, page.origin))
        return False

    def refuse(self, page: ResourcePage) -> None:
        """Says that a page is not served: with other pages a remark, alone an error."""
        severity, reason = "warning", "it is read as a complex type, which is not served yet"
        if not any(other.is_entity for other in self.resources):
            severity, reason = (
                "error",
                'it has no key: state "keyProperty" in the annotation of its JSON representation',
            )
        message = f"'{page.name}' is left out: {reason}."
        self.builder.problem(Problem("error" if severity == "error" else "warning", message, page.origin))

    def ancestry(self, page: ResourcePage) -> list[ResourcePage]:
        """The page and those of its base types that were given."""
        return ancestry(page, self.resources)

    def key(self, page: ResourcePage) -> tuple[str, ...]:
        """The key of a page's type, its own or the nearest base page's."""
        return next((part.key for part in self.ancestry(page) if part.key), ())

    def lookup(self, row: MemberRow) -> ResourcePage | None:
        """The page that a row's type leads to: by its link, else by the type's name, letter case aside."""
        if row.type.target:
            for page in self.resources:
                if page.stem == row.type.target:
                    return page
        name = row.type.name.lower()
        return next((page for page in self.resources if name in (page.name.lower(), page.short_name.lower())), None)

    def entity_type(self, page: ResourcePage) -> EntityType:
        """The type of a page, with the rows of its base pages declared on itself."""
        inherited = tuple(row for base in reversed(self.ancestry(page)[1:]) for row in base.properties)
        members = read_members_of(page, inherited, self.lookup)
        for problem in members.problems:
            self.builder.problem(problem)
        others = tuple(self.other_names(page))
        return EntityType(
            name=page.name,
            properties=tuple(members.properties),
            key=tuple(KeyProperty(part) for part in self.key(page)),
            navigation_properties=tuple(members.navigation_properties),
            abstract=page.is_abstract,
            open=page.is_open,
            annotations=(
                *((Annotation(DESCRIPTION, page.description),) if page.description else ()),
                *((Annotation(ALSO_KNOWN_AS, others),) if others else ()),
            ),
            origin=page.origin,
        )

    def api_pages(self, page: ResourcePage) -> list[ApiPage]:
        """The API pages of a resource page, in the order of its Methods rows, then those named after it."""
        rows = [row.target for row in page.methods if page.returns_itself(row)]
        linked = [api for stem in dict.fromkeys(rows) for api in self.apis if api.stem == stem]
        named = [api for api in self.apis if not page.methods and api.stem.startswith(f"{page.stem}-")]
        return [*linked, *named]

    def other_names(self, page: ResourcePage) -> Iterator[str]:
        """The names in other namespaces that API pages call the type by, each once; a warning for each page."""
        seen = set()
        for api in self.api_pages(page):
            for name, origin in api.type_names:
                if name != page.name and name.rpartition(".")[2].lower() == page.short_name.lower():
                    message = f"The type is called '{name}' here, but '{page.name}' at {page.origin}, which counts."
                    self.builder.problem(Problem("warning", message, origin))
                    seen.add(name)
        yield from sorted(seen)

    def entity_set_name(self, page: ResourcePage) -> str:
        """The name of a page's entity set, from its API pages or its Methods table."""
        requests = (request for api in self.api_pages(page) for request in api.requests)
        segments = [request.collection for request in requests]
        labels = [row.label for row in page.methods if row.verb == "list" and page.returns_itself(row)]
        return entity_set_name(page.short_name, [segment for segment in segments if segment], labels)

    def entity_set(self, page: ResourcePage) -> EntitySet:
        """The entity set of a page's type; under the type's own plural where its name is another set's."""
        name, other = self.entity_set_name(page), plural(page.short_name)
        if self.builder.has_entity_set(name) and not self.builder.has_entity_set(other):
            message = f"Another type has the entity set '{name}'; '{other}' is taken instead."
            self.builder.problem(Problem("warning", message, page.origin))
            name = other
        return EntitySet(name, page.name, capabilities=page.capabilities, origin=page.origin)


def _further(types: Sequence[EntityType], first: Iterable[EntityType]) -> list[EntityType]:
    """The types whose name an earlier or later page defines too, which the builder refuses."""
    kept = {id(declared) for declared in first}
    return [declared for declared in types if id(declared) not in kept]
