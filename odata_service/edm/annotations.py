"""Annotations of model elements and the vocabulary terms that this package writes or obeys (CSDL 14)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CORE = "Org.OData.Core.V1"
CAPABILITIES = "Org.OData.Capabilities.V1"
VALIDATION = "Org.OData.Validation.V1"
STORAGE = "odata.service.Storage.V1"

VOCABULARY_URLS = {
    CORE: "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml",
    CAPABILITIES: "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Capabilities.V1.xml",
    VALIDATION: "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Validation.V1.xml",
}

DESCRIPTION = f"{CORE}.Description"
LONG_DESCRIPTION = f"{CORE}.LongDescription"
COMPUTED = f"{CORE}.Computed"
IMMUTABLE = f"{CORE}.Immutable"
OPTIMISTIC_CONCURRENCY = f"{CORE}.OptimisticConcurrency"
ODATA_VERSIONS = f"{CORE}.ODataVersions"
ALSO_KNOWN_AS = f"{STORAGE}.AlsoKnownAs"
INDEX = f"{STORAGE}.Index"
"""Other qualified names of a type that requests may send, as a tuple of strings."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record expression (CSDL 14.4.12): property values by name, and the type where it is not the term's own."""

    values: Mapping[str, "Value"]
    type: str | None = None


@dataclass(frozen=True, slots=True)
class EnumMember:
    """A constant enumeration expression: the type's qualified name and member names."""

    type: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PropertyPath:
    """A path expression that names a property of the annotated type."""

    path: str


Value = bool | int | str | Record | EnumMember | PropertyPath | tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Annotation:
    """A term applied to a model element: the term's qualified name, its value, its qualifier."""

    term: str
    value: Value = True
    qualifier: str | None = None


def annotation_value(annotations: Sequence[Annotation], term: str) -> Value | None:
    """The value of the first annotation with this term, or None."""
    return next((annotation.value for annotation in annotations if annotation.term == term), None)


def description_of(annotations: Sequence[Annotation]) -> str | None:
    """The Core.Description among the annotations, or None."""
    value = annotation_value(annotations, DESCRIPTION)
    return value if isinstance(value, str) else None


def is_tagged(annotations: Sequence[Annotation], term: str) -> bool:
    """Whether a Boolean term such as Core.Computed is applied with true."""
    return annotation_value(annotations, term) is True
