"""`SchemaBuilder`: types and entity sets of one or several definitions in, one consistent `Schema` out (CSDL 4 to 13).

Readers add what they find; `freeze` then checks the whole and reports all problems at once.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from odata_service.edm.annotations import Annotation
from odata_service.edm.model import (
    EntityContainer,
    EntitySet,
    EntityType,
    NavigationBinding,
    NavigationProperty,
    Profile,
    Property,
    Schema,
    StructuredType,
)
from odata_service.edm.types import PRIMITIVE_TYPES
from odata_service.errors import DefinitionError, Origin, Problem, did_you_mean

IDENTIFIER = re.compile(r"[^\W\d]\w{0,127}")
"""A simple identifier (CSDL 15.2): a letter or underscore, then letters, digits and underscores, 128 at most."""

CONTAINER = "Container"


class SchemaBuilder:
    """Collects the parts of a model and the problems found on the way."""

    def __init__(self) -> None:
        self._types: dict[str, StructuredType] = {}
        self._entity_sets: dict[str, EntitySet] = {}
        self._problems: list[Problem] = []
        self._annotations: list[Annotation] = []
        self._profile = Profile()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything found so far, each once, in order of file and line."""
        ordered = sorted(dict.fromkeys(self._problems), key=lambda found: (found.origin.file, found.origin.line))
        return tuple(ordered)

    @property
    def is_empty(self) -> bool:
        """Whether no type has been added."""
        return not self._types

    def has_entity_set(self, name: str) -> bool:
        """Whether an entity set of exactly this name has been added."""
        return name in self._entity_sets

    def problem(self, problem: Problem) -> None:
        """Notes a finding; one of severity error makes `freeze` fail."""
        self._problems.append(problem)

    def annotate(self, *annotations: Annotation) -> None:
        """Applies annotations to the schema as a whole."""
        self._annotations.extend(annotations)

    def use_profile(self, profile: Profile) -> None:
        """Sets the habits of the definition's own world that payloads follow."""
        self._profile = profile

    def add_type(self, declared: StructuredType) -> None:
        """Adds an entity or complex type; a second one of the same qualified name is an error naming both places."""
        first = self._types.setdefault(declared.name, declared)
        if first is not declared:
            self._error(declared.origin, f"Type '{declared.name}' is already defined at {first.origin}.")

    def add_entity_set(self, entity_set: EntitySet) -> None:
        """Adds an entity set; a second one of the same name is an error naming both places."""
        first = self._entity_sets.setdefault(entity_set.name, entity_set)
        if first is not entity_set:
            self._error(entity_set.origin, f"Entity set '{entity_set.name}' is already defined at {first.origin}.")

    def freeze(self) -> Schema:
        """The checked model; raises `DefinitionError` with all problems where one of them is an error."""
        for finding in (*self._type_problems(), *self._entity_set_problems()):
            self.problem(finding)
        if any(found.severity == "error" for found in self._problems):
            raise DefinitionError(self.problems)
        entity_sets = {name: self._bound(entity_set) for name, entity_set in self._entity_sets.items()}
        return Schema(
            types={name: self._with_required_key(declared) for name, declared in self._types.items()},
            container=EntityContainer(self._container_name(), entity_sets),
            annotations=tuple(self._annotations),
            profile=self._profile,
        )

    def _error(self, origin: Origin, message: str) -> None:
        self.problem(Problem("error", message, origin))

    def _container_name(self) -> str:
        names = [entity_set.entity_type for entity_set in self._entity_sets.values()] or list(self._types)
        namespace = names[0].rpartition(".")[0] if names else "Default"
        return f"{namespace}.{CONTAINER}"

    def _ancestry(self, declared: StructuredType) -> list[StructuredType]:
        """The type and its bases as far as they are known; ends where a cycle closes."""
        chain = [declared]
        while (base := self._types.get(chain[-1].base or "")) is not None and base not in chain:
            chain.append(base)
        return chain

    def _properties(self, declared: StructuredType) -> dict[str, Property]:
        return {known.name: known for part in reversed(self._ancestry(declared)) for known in part.properties}

    def _navigation_properties(self, declared: StructuredType) -> list[NavigationProperty]:
        return [known for part in reversed(self._ancestry(declared)) for known in part.navigation_properties]

    def _type_problems(self) -> Iterator[Problem]:
        yield from _case_clashes([(declared.name, declared.origin) for declared in self._types.values()], "Type")
        for declared in self._types.values():
            yield from _name_problems(declared.name.split("."), declared.origin)
            yield from self._base_problems(declared)
            yield from self._member_problems(declared)
            if isinstance(declared, EntityType):
                yield from self._key_problems(declared)

    def _base_problems(self, declared: StructuredType) -> Iterator[Problem]:
        if declared.base is None:
            return
        if declared.base not in self._types:
            yield self._unknown(declared.origin, f"The base type '{declared.base}' of '{declared.name}'", declared.base)
        elif self._ancestry(declared)[-1].base is not None and self._is_cyclic(declared):
            yield Problem("error", f"Type '{declared.name}' inherits from itself.", declared.origin)

    def _is_cyclic(self, declared: StructuredType) -> bool:
        return self._ancestry(declared)[-1].base == declared.name

    def _member_problems(self, declared: StructuredType) -> Iterator[Problem]:
        members = [
            *((known.name, known.origin) for known in declared.properties),
            *((known.name, known.origin) for known in declared.navigation_properties),
        ]
        for name, origin in members:
            yield from _name_problems([name], origin)
        yield from _duplicates(members, declared.name)
        yield from _case_clashes(members, "Property")
        for known in declared.properties:
            if not known.type.is_primitive and known.type.name not in self._types:
                yield self._unknown(known.origin, f"The type '{known.type.name}' of '{known.name}'", known.type.name)
        for navigation in declared.navigation_properties:
            if not isinstance(self._types.get(navigation.target), EntityType):
                subject = f"The target '{navigation.target}' of '{navigation.name}'"
                yield self._unknown(navigation.origin, subject, navigation.target)

    def _unknown(self, origin: Origin, subject: str, name: str) -> Problem:
        hint = did_you_mean(name, list(self._types))
        return Problem("error", f"{subject} is not defined.{' ' + hint if hint else ''}", origin)

    def _key_problems(self, declared: EntityType) -> Iterator[Problem]:
        properties = self._properties(declared)
        for part in declared.key:
            known = properties.get(part.path)
            if known is None:
                hint = did_you_mean(part.path, list(properties))
                message = f"The key property '{part.path}' of '{declared.name}' is not declared."
                yield Problem("error", f"{message}{' ' + hint if hint else ''}", declared.origin)
            elif not _may_be_key(known):
                message = f"The key property '{part.path}' of '{declared.name}' cannot have the type {known.type}."
                yield Problem("error", message, known.origin)

    def _entity_set_problems(self) -> Iterator[Problem]:
        entity_sets = list(self._entity_sets.values())
        yield from _case_clashes([(known.name, known.origin) for known in entity_sets], "Entity set")
        for entity_set in entity_sets:
            yield from _name_problems([entity_set.name], entity_set.origin)
            declared = self._types.get(entity_set.entity_type)
            if not isinstance(declared, EntityType):
                subject = f"The entity type '{entity_set.entity_type}' of '{entity_set.name}'"
                yield self._unknown(entity_set.origin, subject, entity_set.entity_type)
                continue
            if not any(isinstance(part, EntityType) and part.key for part in self._ancestry(declared)):
                message = f"Entity set '{entity_set.name}' needs a key, but '{declared.name}' has none."
                yield Problem("error", message, declared.origin)
            yield from self._binding_problems(entity_set, declared)

    def _binding_problems(self, entity_set: EntitySet, declared: EntityType) -> Iterator[Problem]:
        names = [navigation.name for navigation in self._navigation_properties(declared)]
        for binding in entity_set.navigation_bindings:
            if binding.path not in names:
                message = (
                    f"'{binding.path}' is bound in '{entity_set.name}', but '{declared.name}' has no such property."
                )
                yield Problem("error", message, entity_set.origin)
            if binding.target not in self._entity_sets:
                message = (
                    f"'{binding.path}' of '{entity_set.name}' is bound to '{binding.target}', which is no entity set."
                )
                yield Problem("error", message, entity_set.origin)

    def _bound(self, entity_set: EntitySet) -> EntitySet:
        """The set with a binding for each navigation property whose target type has exactly one set."""
        stated = {binding.path for binding in entity_set.navigation_bindings}
        added = []
        for navigation in self._navigation_properties(self._types[entity_set.entity_type]):
            holders = [known.name for known in self._entity_sets.values() if known.entity_type == navigation.target]
            if len(holders) == 1 and navigation.name not in stated and not navigation.contains_target:
                added.append(NavigationBinding(navigation.name, holders[0]))
        return replace(entity_set, navigation_bindings=(*entity_set.navigation_bindings, *added))

    def _with_required_key(self, declared: StructuredType) -> StructuredType:
        """The type with its key properties made non-nullable (CSDL 6.5), also those that a subtype makes its key."""
        parts = {
            part.path
            for other in self._types.values()
            if isinstance(other, EntityType) and declared in self._ancestry(other)
            for part in other.key
        }
        properties = tuple(
            replace(known, type=replace(known.type, nullable=False)) if known.name in parts else known
            for known in declared.properties
        )
        return replace(declared, properties=properties)


def _may_be_key(known: Property) -> bool:
    row = PRIMITIVE_TYPES.get(known.type.name)
    return row is not None and row.may_be_key and not known.type.collection


def _name_problems(parts: Sequence[str], origin: Origin) -> Iterator[Problem]:
    for part in parts:
        if not IDENTIFIER.fullmatch(part):
            message = f"'{part}' is not a name: write a letter or '_', then letters, digits and '_', 128 at most."
            yield Problem("error", message, origin)


def _duplicates(members: Sequence[tuple[str, Origin]], owner: str) -> Iterator[Problem]:
    first: dict[str, Origin] = {}
    for name, origin in members:
        if first.setdefault(name, origin) is not origin:
            yield Problem("error", f"'{name}' is already declared in '{owner}' at {first[name]}.", origin)


def _case_clashes(members: Sequence[tuple[str, Origin]], what: str) -> Iterator[Problem]:
    first: dict[str, tuple[str, Origin]] = {}
    for name, origin in members:
        other, place = first.setdefault(name.lower(), (name, origin))
        if other != name:
            message = f"{what} '{name}' differs from '{other}' at {place} in letter case alone."
            yield Problem("warning", message, origin)
