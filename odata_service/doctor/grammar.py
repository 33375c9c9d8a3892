"""Which elements and facets a strict reader of CSDL 4.0 takes, and where: tables (CSDL 4.0, 3 to 14).

Expressions of annotations are not looked into: readers skip the vocabularies that they do not know.
"""

from collections.abc import Mapping

EDM = "http://docs.oasis-open.org/odata/ns/edm"
EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
ANNOTATION = "Annotation"

_STRUCTURED = frozenset({"Property", "NavigationProperty", ANNOTATION})
_OPERATION = frozenset({"Parameter", "ReturnType", ANNOTATION})

CHILDREN: Mapping[str, frozenset[str]] = {
    "Schema": frozenset(
        {
            *("EntityType", "ComplexType", "EnumType", "TypeDefinition", "EntityContainer"),
            *("Action", "Function", "Term", "Annotations", ANNOTATION),
        }
    ),
    "EntityType": _STRUCTURED | {"Key"},
    "ComplexType": _STRUCTURED,
    "Key": frozenset({"PropertyRef"}),
    "NavigationProperty": frozenset({"ReferentialConstraint", "OnDelete", ANNOTATION}),
    "EnumType": frozenset({"Member", ANNOTATION}),
    "EntityContainer": frozenset({"EntitySet", "Singleton", "ActionImport", "FunctionImport", ANNOTATION}),
    "EntitySet": frozenset({"NavigationPropertyBinding", ANNOTATION}),
    "Singleton": frozenset({"NavigationPropertyBinding", ANNOTATION}),
    "Action": _OPERATION,
    "Function": _OPERATION,
    "Annotations": frozenset({ANNOTATION}),
    **dict.fromkeys(
        (
            *("Property", "Member", "TypeDefinition", "Term", "Parameter", "ReturnType"),
            *("ReferentialConstraint", "OnDelete", "ActionImport", "FunctionImport"),
        ),
        frozenset({ANNOTATION}),
    ),
    "PropertyRef": frozenset(),
    "NavigationPropertyBinding": frozenset(),
}
"""The elements that stand in each element of the Edm namespace."""

FACETS: Mapping[str, frozenset[str]] = {
    "MaxLength": frozenset({"Edm.String", "Edm.Binary", "Edm.Stream"}),
    "Unicode": frozenset({"Edm.String"}),
    "Precision": frozenset({"Edm.Decimal", "Edm.DateTimeOffset", "Edm.Duration", "Edm.TimeOfDay"}),
    "Scale": frozenset({"Edm.Decimal"}),
}
"""The primitive types that each facet says something of; SRID goes with those of geography and geometry."""

KEY_TYPES = frozenset(
    {
        *("Edm.Boolean", "Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.String"),
        *("Edm.Date", "Edm.DateTimeOffset", "Edm.TimeOfDay", "Edm.Duration", "Edm.Guid"),
    }
)
"""The primitive types that a key may have; enumerations may be keys too."""

ABSTRACT = frozenset({"Edm.PrimitiveType", "Edm.ComplexType", "Edm.EntityType"})
ONLY_IN_401 = frozenset({"Edm.Untyped", "Edm.AnyPropertyPath", "Edm.ModelElementPath"})
PATHS = frozenset({"Edm.AnnotationPath", "Edm.PropertyPath", "Edm.NavigationPropertyPath"})
