"""`SchemaBuilder`: parts of one or several definitions in, one consistent `Schema` out (CSDL 4 to 13).

Readers add what they find; `freeze` then checks the whole and reports all problems at once.
"""

from collections import Counter
from collections.abc import MutableMapping
from typing import Protocol, TypeVar

from msgspec.structs import replace

from odata_service.edm.annotations import Annotation
from odata_service.edm.containers import containers_of
from odata_service.edm.document import (
    GRAPH,
    GRAPH_NAMESPACE,
    ExternalAnnotations,
    Namespace,
    Profile,
    Reference,
    Term,
)
from odata_service.edm.draft import ContainerDraft, Draft
from odata_service.edm.model import (
    ActionImport,
    EntitySet,
    FunctionImport,
    Schema,
    SchemaType,
    Singleton,
)
from odata_service.edm.one_document import in_one_document
from odata_service.edm.operations import Operation
from odata_service.edm.renames import renamed, renames_in
from odata_service.edm.resolve import schema_of
from odata_service.edm.rules import problems_of
from odata_service.edm.targets import with_annotations
from odata_service.edm.usable import usable
from odata_service.errors import DefinitionError, Origin, Problem, Severity


class _Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def origin(self) -> Origin: ...


Part = TypeVar("Part", bound=_Named)


_MOST = 1_000
"""As many findings of one severity are kept of each file; nobody reads more, and a hostile file could fill memory."""


class SchemaBuilder:
    """Collects the parts of a model and the problems found on the way."""

    def __init__(self) -> None:
        self.draft = Draft()
        self.is_referred_to = False
        """Whether what is added now stands in a document that others only refer to."""
        self._container = self.draft.container
        self._containers: dict[str, ContainerDraft] = {}
        self._problems: dict[Problem, None] = {}
        self._counts: Counter[tuple[str, Severity]] = Counter()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything found so far, each once, in order of file and line; of each file the first thousand of a kind."""
        return tuple(sorted(self._problems, key=lambda found: (found.origin.file, found.origin.line)))

    @property
    def is_empty(self) -> bool:
        """Whether no type has been added."""
        return not self.draft.types

    def problem(self, problem: Problem) -> None:
        """Notes a finding; one of severity error makes `freeze` fail."""
        kind = (problem.origin.file, problem.severity)
        if problem in self._problems or self._counts[kind] > _MOST:
            return
        self._counts[kind] += 1
        if self._counts[kind] > _MOST:
            message = f"There are more findings of severity {problem.severity} than the {_MOST} that are listed."
            problem = replace(problem, message=message)
        self._problems[problem] = None

    def use_profile(self, profile: Profile) -> None:
        """Adds habits of the definition's own world that payloads follow."""
        self.draft.profile = self.draft.profile.with_habits(profile)

    def add_namespace(self, namespace: Namespace) -> None:
        """Adds what a document says of a schema as a whole; annotations of several documents add up.

        The namespace of Microsoft Graph brings its habits along.
        """
        if namespace.name == GRAPH_NAMESPACE:
            self.use_profile(GRAPH)
        known = self.draft.namespaces.get(namespace.name, Namespace(namespace.name))
        self.draft.namespaces[namespace.name] = Namespace(
            namespace.name,
            known.alias or namespace.alias,
            (*known.annotations, *namespace.annotations),
            known.origin if known.alias else namespace.origin,
        )

    def add_reference(self, reference: Reference) -> None:
        """Adds a reference to another document; equal ones count once."""
        self.draft.references.setdefault(reference)

    def add_type(self, declared: SchemaType) -> None:
        """Adds a type; a second one of the same qualified name is an error naming both places."""
        self._add(self.draft.types, declared, "Type")

    def state_closed(self, name: str) -> None:
        """Remembers that a type is said not to be open, which those derived from open ones cannot be."""
        self.draft.closed.add(name)

    def add_term(self, term: Term) -> None:
        """Adds a vocabulary term."""
        self._add(self.draft.terms, term, "Term")

    def add_operation(self, operation: Operation) -> None:
        """Adds one overload of an action or function."""
        self.draft.operations.setdefault(operation.name, []).append(operation)

    def leave_out_operation(self, name: str) -> None:
        """Remembers an operation that could not be read, and that imports may name all the same."""
        self.draft.left_out.add(name)

    def set_container(
        self, name: str, origin: Origin, *, extends: str | None = None, annotations: tuple[Annotation, ...] = ()
    ) -> None:
        """Names the container that the children added next are of."""
        container = self._containers.setdefault(name, ContainerDraft(name, origin=origin, is_given=False))
        container.is_given = container.is_given or not self.is_referred_to
        container.extends = container.extends or extends
        container.annotations = (*container.annotations, *annotations)
        self._container = container

    def add_entity_set(self, entity_set: EntitySet) -> None:
        """Adds an entity set; a second child of the container with its name is an error naming both places."""
        self._add_child(self._container.entity_sets, entity_set, "Entity set")

    def add_singleton(self, singleton: Singleton) -> None:
        """Adds a singleton."""
        self._add_child(self._container.singletons, singleton, "Singleton")

    def add_action_import(self, action_import: ActionImport) -> None:
        """Adds an action import."""
        self._add_child(self._container.action_imports, action_import, "Action import")

    def add_function_import(self, function_import: FunctionImport) -> None:
        """Adds a function import."""
        self._add_child(self._container.function_imports, function_import, "Function import")

    def annotate_target(self, annotations: ExternalAnnotations) -> None:
        """Annotates the model element that a target path leads to, whichever source defines it."""
        self.draft.external_annotations.append(annotations)

    def freeze(self) -> Schema:
        """The checked model; raises `DefinitionError` with all problems where one of them is an error."""
        draft, names = renames_in(self._with_one_container(), self.problem)
        draft = renamed(with_annotations(draft, self.problem), names, self.problem)
        draft = usable(draft, self.problem)
        for finding in problems_of(draft):
            self.problem(finding)
        if any(severity == "error" for _, severity in self._counts):
            raise DefinitionError(self.problems)
        return in_one_document(schema_of(draft))

    def _with_one_container(self) -> Draft:
        """The draft with the container of the service, whatever documents its children stand in."""
        if not self._containers:
            return self.draft
        found = containers_of(self._containers)
        main, last = found.parts[0], found.parts[-1]
        for stranger in found.strangers:
            message = f"A service has one container: '{stranger.name}' stands beside '{main.name}' at {main.origin}."
            self._error(stranger.origin, f"{message} Let one extend the other, or leave one out.")
        annotations = tuple(annotation for part in found.parts for annotation in part.annotations)
        self._container = ContainerDraft(main.name, last.extends, annotations, main.origin)
        for part in (*found.parts, self.draft.container):
            self._add_children(part)
        external = found.annotated(self.draft.external_annotations)
        return replace(self.draft, container=self._container, external_annotations=external)

    def _add_children(self, container: ContainerDraft) -> None:
        for entity_set in container.entity_sets.values():
            self.add_entity_set(entity_set)
        for singleton in container.singletons.values():
            self.add_singleton(singleton)
        for function_import in container.function_imports.values():
            self.add_function_import(function_import)
        for action_import in container.action_imports.values():
            self.add_action_import(action_import)

    def _add(self, parts: MutableMapping[str, Part], part: Part, what: str) -> None:
        first = parts.setdefault(part.name, part)
        if first is not part:
            self._error(part.origin, f"{what} '{part.name}' is already defined at {first.origin}.")

    def _add_child(self, parts: MutableMapping[str, Part], child: Part, what: str) -> None:
        container = self._container
        others = (container.entity_sets, container.singletons, container.action_imports, container.function_imports)
        other = next((known[child.name] for known in others if known is not parts and child.name in known), None)
        if other is None:
            self._add(parts, child, what)
        else:
            self._error(child.origin, f"{what} '{child.name}' has the name of what is defined at {other.origin}.")

    def _error(self, origin: Origin, message: str) -> None:
        self.problem(Problem("error", message, origin))
