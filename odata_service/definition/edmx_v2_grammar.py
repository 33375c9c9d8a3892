"""Which attributes and children the elements of CSDL 1 to 3 have: one table, for `csdl_grammar.grammar_problems`."""

from odata_service.definition.csdl_grammar import EXPRESSIONS, RULES, Rule, rule_of

_FACETS = "Nullable DefaultValue MaxLength FixedLength Precision Scale Unicode Collation SRID"
_ANNOTATIONS = "Documentation Annotation ValueAnnotation TypeAnnotation"
_TYPE = "Name! BaseType Abstract OpenType"

_STRUCTURE = {
    "Edmx": rule_of("Version", "DataServices Reference AnnotationsReference"),
    "Reference": rule_of("Url Uri", "Include IncludeAnnotations AnnotationsReference Annotation"),
    "AnnotationsReference": rule_of("Url", "Include IncludeAnnotations"),
    "Include": rule_of("Namespace Alias TermNamespace Qualifier", "Annotation"),
    "Schema": rule_of(
        "Namespace! NamespaceUri Alias UseStrongSpatialTypes",
        "Using EntityType ComplexType EnumType Association EntityContainer Function ValueTerm Term Annotations "
        + _ANNOTATIONS,
    ),
    "Using": rule_of("Namespace! NamespaceUri Alias!", _ANNOTATIONS),
    "EntityType": rule_of(_TYPE, f"Key Property NavigationProperty {_ANNOTATIONS}"),
    "ComplexType": rule_of(_TYPE, f"Property NavigationProperty {_ANNOTATIONS}"),
    "Key": rule_of("", f"PropertyRef {_ANNOTATIONS}"),
    "PropertyRef": rule_of("Name!", _ANNOTATIONS),
    "Property": rule_of(f"Name! Type! {_FACETS} ConcurrencyMode CollectionKind", _ANNOTATIONS),
    "NavigationProperty": rule_of("Name! Relationship! FromRole! ToRole! ContainsTarget", _ANNOTATIONS),
    "EnumType": rule_of("Name! IsFlags UnderlyingType", f"Member {_ANNOTATIONS}"),
    "Member": rule_of("Name! Value", _ANNOTATIONS),
    "Association": rule_of("Name!", f"End ReferentialConstraint {_ANNOTATIONS}"),
    "End": rule_of("Type Role Multiplicity EntitySet", f"OnDelete {_ANNOTATIONS}"),
    "OnDelete": rule_of("Action!", _ANNOTATIONS),
    "ReferentialConstraint": rule_of("", f"Principal Dependent {_ANNOTATIONS}"),
    "Principal": rule_of("Role!", f"PropertyRef {_ANNOTATIONS}"),
    "Dependent": rule_of("Role!", f"PropertyRef {_ANNOTATIONS}"),
    "EntityContainer": rule_of(
        "Name! Extends LazyLoadingEnabled", f"EntitySet AssociationSet FunctionImport {_ANNOTATIONS}"
    ),
    "EntitySet": rule_of("Name! EntityType!", _ANNOTATIONS),
    "AssociationSet": rule_of("Name! Association!", f"End {_ANNOTATIONS}"),
    "FunctionImport": rule_of(
        "Name! ReturnType EntitySet EntitySetPath IsBindable IsSideEffecting IsComposable",
        f"Parameter ReturnType {_ANNOTATIONS}",
    ),
    "Parameter": rule_of(f"Name! Type! Mode {_FACETS}", _ANNOTATIONS),
    "ReturnType": rule_of(f"Type! EntitySet EntitySetPath {_FACETS}", _ANNOTATIONS),
    "ValueTerm": rule_of(f"Name! Type! {_FACETS}", _ANNOTATIONS),
    "Annotations": rule_of("Target! Qualifier", _ANNOTATIONS),
    "ValueAnnotation": rule_of("Term! Qualifier DateTime Time =", "Annotation", expressions=True),
    "TypeAnnotation": rule_of("Term! Qualifier", "PropertyValue Annotation"),
    "PropertyValue": rule_of("Property! DateTime Time =", "Annotation", expressions=True),
}

_OF_EXPRESSIONS = EXPRESSIONS | {"Annotation", "Collection", "Record"}
RULES_V2: dict[str, Rule] = {
    **{name: rule for name, rule in RULES.items() if name in _OF_EXPRESSIONS or name == "IncludeAnnotations"},
    **_STRUCTURE,
}
"""Annotations of version 4 stand in many documents of version 2: their rules are those of version 4."""
