"""Singletons that must be there are there from the start, made of defaults, where defaults suffice (CSDL 13.3)."""

from odata_service.edm.model import EntitySet, SourceKind
from odata_service.errors import PayloadError
from odata_service.plan.write import Change, Place
from odata_service.service.address import home_of
from odata_service.service.changes import insertion
from odata_service.service.workshop import Workshop


def fill_singletons(workshop: Workshop) -> None:
    """Makes each missing singleton that may not be null; where a value or its very type is unknown, a write has to."""
    for source in workshop.schema.sources.by_name.values():
        if source.kind is not SourceKind.SINGLETON or source.nullable:
            continue
        change = _made_of_defaults(source, workshop)
        if change is not None and workshop.look(home_of(source)) is None:
            with workshop.store.transaction():
                if workshop.look(home_of(source)) is None:
                    workshop.insert(change)


def _made_of_defaults(source: EntitySet, workshop: Workshop) -> Change | None:
    declared = workshop.schema.entity_type(source.entity_type)
    if declared.abstract or workshop.schema.is_polymorphic(declared.name):
        return None
    try:
        return insertion(Place(source, source.entity_type), {}, workshop)
    except PayloadError:
        return None
