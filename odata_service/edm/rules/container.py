"""The entity container: entity sets, singletons, and what it exposes of operations (CSDL 13)."""

from collections.abc import Iterator

from odata_service.edm.model import EntitySet, EntityType, OperationImport, Singleton
from odata_service.edm.rules.inspection import Inspection, error, warning
from odata_service.edm.rules.names import case_clashes, identifier_problems
from odata_service.edm.rules.operations import returned_entity
from odata_service.errors import Problem


def container_problems(model: Inspection) -> Iterator[Problem]:
    """What is wrong with the children of the container."""
    container = model.draft.container
    if container.extends is not None and container.extends == container.name:
        yield error(container.origin, f"The container '{container.name}' extends itself.")
    elif container.extends is not None:
        message = f"'{container.extends}', which the container extends, stands in no document that was given."
        yield warning(container.origin, message)
    yield from case_clashes([(known.name, known.origin) for known in container.children()], "Entity set")
    parents = {declared.base for declared in model.draft.structured_types()}
    for child in container.children():
        yield from identifier_problems(child.name, child.origin)
        if isinstance(child, EntitySet | Singleton):
            yield from _source_problems(child, parents, model)
        else:
            yield from _import_problems(child, model)


def _source_problems(source: EntitySet | Singleton, parents: set[str | None], model: Inspection) -> Iterator[Problem]:
    """What is wrong with the entity type of an entity set or singleton."""
    declared = model.draft.types.get(source.entity_type)
    subject = f"The entity type '{source.entity_type}' of '{source.name}'"
    if not isinstance(declared, EntityType):
        if not source.entity_type:
            return
        if model.is_known(source.entity_type):
            what = "is the standard's abstract one" if source.entity_type == "Edm.EntityType" else "is no entity type"
            yield error(source.origin, f"{subject} {what}. Name an entity type of your own.")
        else:
            yield model.unknown(source.origin, subject, source.entity_type)
        return
    if isinstance(source, EntitySet) and not model.draft.key(declared):
        yield error(declared.origin, f"Entity set '{source.name}' needs a key, but '{declared.name}' has none.")
    if declared.abstract and declared.name not in parents:
        message = f"{subject} is abstract and no type inherits from it, so there can be no entity."
        yield warning(source.origin, message)


def _import_problems(found: OperationImport, model: Inspection) -> Iterator[Problem]:
    overloads = [overload for overload in model.draft.operations.get(found.operation, ()) if not overload.bound]
    returned = {
        entity for overload in overloads if (entity := returned_entity(overload.return_type, model)) is not None
    }
    if found.entity_set is not None:
        yield from _entity_set_problems(found, found.entity_set, returned, model)


def _entity_set_problems(
    found: OperationImport, entity_set: str, returned: set[str], model: Inspection
) -> Iterator[Problem]:
    subject = f"The entity set '{entity_set}' of '{found.name}'"
    name = entity_set.rpartition("/")[2]
    sets = model.draft.container.entity_sets
    known = sets.get(name) or model.draft.container.singletons.get(name)
    if known is None:
        yield warning(found.origin, f"{subject} is not defined.{model.hints.nearest(name, sets)}")
    elif not returned:
        yield warning(found.origin, f"{subject} says nothing: '{found.operation}' returns no entities.")
    elif not any(model.are_related(entity, known.entity_type) for entity in returned):
        message = f"{subject} has entities of '{known.entity_type}', and '{found.operation}' returns"
        yield warning(found.origin, f"{message} '{min(returned)}'.")
