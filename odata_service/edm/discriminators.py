"""Properties that tell of which type an entity is: their values are the names of types (`Storage.TypeProperty`)."""

from odata_service.edm.annotations import TYPE_PROPERTY, Path, annotation_value
from odata_service.edm.model import Schema


def type_property(entity_type: str, schema: Schema) -> str | None:
    """The name of the property that tells entities of a type, and of those derived from it, apart; or None."""
    for part in schema.ancestry(entity_type):
        value = annotation_value(part.annotations, TYPE_PROPERTY) if part.annotations else None
        if value is not None:
            return value.path if isinstance(value, Path) else str(value)
    return None


def type_named(value: object, entity_type: str, schema: Schema) -> str | None:
    """The type of the hierarchy of a type that a value of its type property names, without or with its namespace."""
    if not isinstance(value, str):
        return None
    root = list(schema.ancestry(entity_type))[-1].name
    for known in (root, *schema.derived_from(root)):
        if value in {known, known.rpartition(".")[2]}:
            return known
    return None
