"""Annotations of model elements and the vocabulary terms that this package writes or obeys (CSDL 14)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

from msgspec import Struct, field

from odata_service.edm.types import NOWHERE, TypeRef
from odata_service.errors import Origin
from odata_service.structs import PartlyCompared

CORE = "Org.OData.Core.V1"
CAPABILITIES = "Org.OData.Capabilities.V1"
VALIDATION = "Org.OData.Validation.V1"
STORAGE = "odata.service.Storage.V1"

VOCABULARY_URLS = {
    CORE: "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml",
    CAPABILITIES: "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Capabilities.V1.xml",
    VALIDATION: "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Validation.V1.xml",
}

MEASURES = "Org.OData.Measures.V1"
AGGREGATION = "Org.OData.Aggregation.V1"
REPEATABILITY = "Org.OData.Repeatability.V1"
SAP_COMMON = "com.sap.vocabularies.Common.v1"
SAP_COMMUNICATION = "com.sap.vocabularies.Communication.v1"
SAP_ANALYTICS = "com.sap.vocabularies.Analytics.v1"
SAP_HIERARCHY = "com.sap.vocabularies.Hierarchy.v1"
SAP_UI = "com.sap.vocabularies.UI.v1"

LEVELED_HIERARCHY = f"{AGGREGATION}.LeveledHierarchy"
RECURSIVE_HIERARCHY = f"{AGGREGATION}.RecursiveHierarchy"
CUSTOM_AGGREGATE = f"{AGGREGATION}.CustomAggregate"
CONTEXT_DEFINING_PROPERTIES = f"{AGGREGATION}.ContextDefiningProperties"
APPLY_SUPPORTED = f"{AGGREGATION}.ApplySupported"
APPLY_SUPPORTED_DEFAULTS = f"{AGGREGATION}.ApplySupportedDefaults"

_OASIS = "https://oasis-tcs.github.io/odata-vocabularies/vocabularies"
_SAP = "https://sap.github.io/odata-vocabularies/vocabularies"
OTHER_VOCABULARY_URLS = {
    **{name: f"{_OASIS}/{name}.xml" for name in (MEASURES, AGGREGATION, REPEATABILITY)},
    **{
        name: f"{_SAP}/{name.split('.')[3]}.xml"
        for name in (SAP_COMMON, SAP_COMMUNICATION, SAP_ANALYTICS, SAP_HIERARCHY, SAP_UI)
    },
}
"""Vocabularies that a reader writes annotations of, and that are no matter of this package otherwise."""

REPEATABILITY_SUPPORTED = f"{REPEATABILITY}.Supported"
DESCRIPTION = f"{CORE}.Description"
SCHEMA_VERSION = f"{CORE}.SchemaVersion"
LONG_DESCRIPTION = f"{CORE}.LongDescription"
ALTERNATE_KEYS = f"{CORE}.AlternateKeys"
COMMUNITY_KEYS = "OData.Community.Keys.V1.AlternateKeys"
COMPUTED = f"{CORE}.Computed"
COMPUTED_DEFAULT_VALUE = f"{CORE}.ComputedDefaultValue"
IMMUTABLE = f"{CORE}.Immutable"
PERMISSIONS = f"{CORE}.Permissions"
OPERATION_AVAILABLE = f"{CORE}.OperationAvailable"
OPTIMISTIC_CONCURRENCY = f"{CORE}.OptimisticConcurrency"
REVISIONS = f"{CORE}.Revisions"
ODATA_VERSIONS = f"{CORE}.ODataVersions"
ACCEPTABLE_MEDIA_TYPES = f"{CORE}.AcceptableMediaTypes"
MEDIA_TYPE = f"{CORE}.MediaType"
CONTENT_DISPOSITION = f"{CORE}.ContentDisposition"
ALLOWED_VALUES = f"{VALIDATION}.AllowedValues"
ALSO_KNOWN_AS = f"{STORAGE}.AlsoKnownAs"
"""Other qualified names of a type that requests may send, as a tuple of strings."""
RENAME = f"{STORAGE}.Rename"
"""Of a type, a property or a child of the container that another source defines: the name that it has here."""
KEPT_AS = f"{STORAGE}.KeptAs"
"""On what has been renamed: the name that tables and columns are named after."""
INDEX = f"{STORAGE}.Index"
"""On a property: its column is indexed."""
SEARCHABLE = f"{STORAGE}.Searchable"
"""On a property: $search looks into it, and into others of its type only where they say so too; or it does not."""
SEARCH_INDEX = f"{STORAGE}.SearchIndex"
"""On an entity set: an index finds the texts that $search looks into; on a property: those that contain a text."""
LOGGED = f"{STORAGE}.Logged"
"""On a property: logs of changes have its values before and after, by which delta links know what row rules let see."""
EXISTING = f"{STORAGE}.Existing"
"""On an entity set: its table or view is there already and others own it: it is neither made nor altered, and has no
column for versions."""
TABLE = f"{STORAGE}.Table"
"""On an entity set: the name of its table."""
COLUMN = f"{STORAGE}.Column"
"""On a property: the name of its column."""
COMPUTED_BY = f"{STORAGE}.ComputedBy"
"""On a property of an entity type: the expression whose value it has; it has no column."""
FORMER_NAME = f"{STORAGE}.FormerName"
"""On an entity set, a property, a navigation property: what it was called, or several such names, the latest first;
`migrate` renames what is kept under them."""
FORMAT = f"{STORAGE}.Format"
"""On a property: how an existing column keeps its values, a name of `database.Form`."""
TYPE_PROPERTY = f"{STORAGE}.TypeProperty"
"""On an entity type: the property whose value names the type of an entity, for requests that do not say it."""
LINK_TABLE = f"{STORAGE}.LinkTable"
"""On a navigation property: a record of the `Table` of pairs behind it, and its columns for the key of the `Source` and
that of the `Target`, in the order of each."""


class Record(Struct, frozen=True):
    """A record expression (CSDL 14.4.12): property values by name, and the type where it is not the term's own.

    `value_annotations` are those of the property values, by their names.
    """

    values: Mapping[str, "Value"]
    type: str | None = None
    annotations: "tuple[Annotation, ...]" = ()
    value_annotations: "Mapping[str, tuple[Annotation, ...]]" = field(default_factory=dict)


class EnumMember(Struct, frozen=True):
    """A constant enumeration expression: the type's qualified name and member names."""

    type: str
    members: tuple[str, ...]


class Text(Struct, frozen=True):
    """A constant whose form is that of a literal: its primitive type (Edm.Date, Edm.Guid …) and the literal's text."""

    type: str
    text: str


PathKind = Literal["Path", "AnnotationPath", "ModelElementPath", "NavigationPropertyPath", "PropertyPath"]


class Path(Struct, frozen=True):
    """A path expression (CSDL 14.4.1): `Path` gives the value it leads to, the other kinds name what it leads to."""

    path: str
    kind: PathKind = "Path"
    annotations: "tuple[Annotation, ...]" = ()


class Null(Struct, frozen=True):
    """The null expression (CSDL 14.4.11)."""

    annotations: "tuple[Annotation, ...]" = ()


class UrlRef(Struct, frozen=True):
    """A URL reference (CSDL 14.4.13): the expression that gives the URL."""

    url: "Value"
    annotations: "tuple[Annotation, ...]" = ()


class LabeledElement(Struct, frozen=True):
    """An expression under a qualified name (CSDL 14.4.9)."""

    name: str
    value: "Value"
    annotations: "tuple[Annotation, ...]" = ()


class LabeledElementReference(Struct, frozen=True):
    """The value of the labeled element of this qualified name (CSDL 14.4.10)."""

    name: str
    annotations: "tuple[Annotation, ...]" = ()


class Apply(Struct, frozen=True):
    """A client-side function over expressions (CSDL 14.4.4)."""

    function: str
    arguments: "tuple[Value, ...]"
    annotations: "tuple[Annotation, ...]" = ()


class Conversion(Struct, frozen=True):
    """A `Cast` of a value to a type, or the question whether it has it (`IsOf`) (CSDL 14.4.5, 14.4.8)."""

    operator: Literal["Cast", "IsOf"]
    type: TypeRef
    value: "Value"
    annotations: "tuple[Annotation, ...]" = ()


class If(Struct, frozen=True):
    """One of two expressions; without the second, inside a collection, nothing (CSDL 14.4.7)."""

    condition: "Value"
    then: "Value"
    otherwise: "Value | None" = None
    annotations: "tuple[Annotation, ...]" = ()


OPERATORS = {
    **dict.fromkeys(("Not", "Neg"), 1),
    **dict.fromkeys(("And", "Or", "Eq", "Ne", "Gt", "Ge", "Lt", "Le", "Has", "In"), 2),
    **dict.fromkeys(("Add", "Sub", "Mul", "Div", "DivBy", "Mod"), 2),
}
"""The logical, comparison and arithmetic expressions with the number of their operands (CSDL 14.4.2, 14.4.3)."""


class Operation(Struct, frozen=True):
    """A logical, comparison or arithmetic expression: a key of `OPERATORS` and its operands."""

    operator: str
    operands: "tuple[Value, ...]"
    annotations: "tuple[Annotation, ...]" = ()


Constant = bool | int | float | Decimal | str | bytes | Text | EnumMember
Dynamic = Record | Path | Null | UrlRef | LabeledElement | LabeledElementReference | Apply | Conversion | If | Operation
Value = Constant | Dynamic | tuple["Value", ...]
"""What an annotation may hold: a constant, an expression, or a collection of either."""


class Annotation(PartlyCompared, frozen=True):
    """A term applied to a model element: the term's qualified name, its value, its qualifier, its own annotations."""

    term: str
    value: Value = True
    qualifier: str | None = None
    annotations: "tuple[Annotation, ...]" = ()
    origin: Origin = NOWHERE


def annotation_value(annotations: Sequence[Annotation], term: str) -> Value | None:
    """The value of the first annotation with this term, or None."""
    return next((annotation.value for annotation in annotations if annotation.term == term), None)


def kept_name(name: str, annotations: Sequence[Annotation]) -> str:
    """The name that storage knows something by: its name, or the one that it had before it was renamed."""
    value = annotation_value(annotations, KEPT_AS)
    return value if isinstance(value, str) else name


def computed_by(annotations: Sequence[Annotation]) -> str | None:
    """The expression that a property has for a value instead of one that is kept, or None."""
    value = annotation_value(annotations, COMPUTED_BY) if annotations else None
    return value if isinstance(value, str) else None


def description_of(annotations: Sequence[Annotation]) -> str | None:
    """The Core.Description among the annotations, or None."""
    value = annotation_value(annotations, DESCRIPTION)
    return value if isinstance(value, str) else None


def is_tagged(annotations: Sequence[Annotation], term: str) -> bool:
    """Whether a Boolean term such as Core.Computed is applied with true."""
    return annotation_value(annotations, term) is True


def states_concurrency(annotations: Sequence[Annotation]) -> bool:
    """Whether changes need an ETag (Core.OptimisticConcurrency), whichever properties it says to be made of."""
    return isinstance(annotation_value(annotations, OPTIMISTIC_CONCURRENCY), tuple)


def is_read_only(annotations: Sequence[Annotation]) -> bool:
    """Whether clients do not say what a property holds: it is computed, or its Core.Permissions let nobody write it."""
    if is_tagged(annotations, COMPUTED):
        return True
    stated = annotation_value(annotations, PERMISSIONS)
    members = stated.members if isinstance(stated, EnumMember) else (stated,)
    names = [member for member in members if isinstance(member, str)]
    return bool(names) and not any("Write" in name for name in names)
