"""Which attributes and children each element of CSDL XML has: one table, and the check of a document against it.

(CSDL XML 3 to 14.) An element or attribute of another namespace is an extension and of no concern here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from odata_service.definition.safe_xml import Element, line_of
from odata_service.edm.annotations import OPERATORS
from odata_service.errors import Origin, Problem, did_you_mean

EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"

_FACETS = "MaxLength Precision Scale SRID Unicode"

CONSTANTS = frozenset(
    (
        *("Binary", "Bool", "Date", "DateTimeOffset", "Decimal", "Duration"),
        *("EnumMember", "Float", "Guid", "Int", "String", "TimeOfDay"),
    )
)
PATHS = frozenset(("AnnotationPath", "ModelElementPath", "NavigationPropertyPath", "PropertyPath", "Path"))
_COMPOUND = frozenset(
    (
        "Apply",
        "Cast",
        "Collection",
        "If",
        "IsOf",
        "LabeledElement",
        "LabeledElementReference",
        "Null",
        "Record",
        "UrlRef",
    )
)
EXPRESSIONS = CONSTANTS | PATHS | _COMPOUND | OPERATORS.keys()
INLINE = CONSTANTS | PATHS | {"UrlRef"}
"""Expressions that may stand as an attribute of their annotation."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The attributes that an element must and may have, and the elements that may stand in it."""

    required: frozenset[str]
    attributes: frozenset[str]
    children: frozenset[str]


def _rule(attributes: str = "", children: str = "", *, expressions: bool = False) -> Rule:
    names = attributes.split()
    inner = frozenset(children.split()) | (EXPRESSIONS if expressions else frozenset())
    known = frozenset(name.rstrip("!") for name in names) | (INLINE if "=" in names else frozenset())
    return Rule(frozenset(name[:-1] for name in names if name.endswith("!")), known - {"="}, inner)


_OPERATION = "Name! EntitySetPath IsBound"
RULES = {
    "Edmx": _rule("Version!", "Reference DataServices"),
    "Reference": _rule("Uri!", "Include IncludeAnnotations Annotation"),
    "Include": _rule("Namespace! Alias", "Annotation"),
    "IncludeAnnotations": _rule("TermNamespace! Qualifier TargetNamespace"),
    "DataServices": _rule("", "Schema"),
    "Schema": _rule(
        "Namespace! Alias",
        "ComplexType EntityType TypeDefinition EnumType Action Function Term Annotations EntityContainer Annotation",
    ),
    "EntityType": _rule("Name! BaseType Abstract OpenType HasStream", "Key Property NavigationProperty Annotation"),
    "ComplexType": _rule("Name! BaseType Abstract OpenType", "Property NavigationProperty Annotation"),
    "Key": _rule("", "PropertyRef"),
    "PropertyRef": _rule("Name! Alias"),
    "Property": _rule(f"Name! Type! Nullable DefaultValue {_FACETS}", "Annotation"),
    "TypeDefinition": _rule(f"Name! UnderlyingType! {_FACETS}", "Annotation"),
    "NavigationProperty": _rule(
        "Name! Type! Nullable Partner ContainsTarget", "ReferentialConstraint OnDelete Annotation"
    ),
    "ReferentialConstraint": _rule("Property! ReferencedProperty!", "Annotation"),
    "OnDelete": _rule("Action!", "Annotation"),
    "EnumType": _rule("Name! IsFlags UnderlyingType", "Member Annotation"),
    "Member": _rule("Name! Value", "Annotation"),
    "ReturnType": _rule(f"Type! Nullable {_FACETS}", "Annotation"),
    "Action": _rule(_OPERATION, "Parameter ReturnType Annotation"),
    "Function": _rule(f"{_OPERATION} IsComposable", "Parameter ReturnType Annotation"),
    "Parameter": _rule(f"Name! Type! Nullable {_FACETS}", "Annotation"),
    "Term": _rule(f"Name! Type! BaseTerm Nullable DefaultValue AppliesTo {_FACETS}", "Annotation"),
    "Annotations": _rule("Target! Qualifier", "Annotation"),
    "EntityContainer": _rule("Name! Extends", "EntitySet Singleton ActionImport FunctionImport Annotation"),
    "EntitySet": _rule("Name! EntityType! IncludeInServiceDocument", "NavigationPropertyBinding Annotation"),
    "Singleton": _rule("Name! Type! Nullable", "NavigationPropertyBinding Annotation"),
    "NavigationPropertyBinding": _rule("Path! Target!"),
    "ActionImport": _rule("Name! Action! EntitySet", "Annotation"),
    "FunctionImport": _rule("Name! Function! EntitySet IncludeInServiceDocument", "Annotation"),
    "Annotation": _rule("Term! Qualifier =", "Annotation", expressions=True),
    "Record": _rule("Type", "PropertyValue Annotation"),
    "PropertyValue": _rule("Property! =", "Annotation", expressions=True),
    "Collection": _rule("", "", expressions=True),
    "LabeledElement": _rule("Name! =", "Annotation", expressions=True),
    "Apply": _rule("Function!", "Annotation", expressions=True),
    "Cast": _rule(f"Type! {_FACETS}", "Annotation", expressions=True),
    "IsOf": _rule(f"Type! {_FACETS}", "Annotation", expressions=True),
    "UrlRef": _rule("=", "Annotation", expressions=True),
    "Null": _rule("", "Annotation"),
    **{name: _rule() for name in CONSTANTS | PATHS | {"LabeledElementReference"}},
    **{name: _rule("", "Annotation", expressions=True) for name in ("If", *OPERATORS)},
}
_OLD = "http://schemas.microsoft.com/ado/"
_OF_EDMX = frozenset({"Edmx", "Reference", "Include", "IncludeAnnotations", "DataServices"})


def modernised(root: Element) -> bool:
    """Whether a document that says it is of version 4 was written in the namespaces of older ones, which are replaced.

    Some generators do so; every reader that goes by the version reads them.
    """
    if not (str(root.tag).startswith(f"{{{_OLD}") and root.get("Version", "").startswith("4")):
        return False
    for element in root.iter(etree.Element):
        tag = etree.QName(element)
        if (tag.namespace or "").startswith(_OLD):
            element.tag = f"{{{EDMX if tag.localname in _OF_EDMX else EDM}}}{tag.localname}"
    return True


def grammar_problems(root: Element, file: str) -> Iterator[Problem]:
    """Where a document does not follow the table: what is missing is an error, what is unknown a warning."""
    for element in root.iter(etree.Element):
        tag = etree.QName(element)
        if tag.namespace not in (EDMX, EDM):
            continue
        rule = RULES.get(tag.localname)
        if rule is None:
            continue
        origin = Origin(file, line_of(element))
        yield from _attribute_problems(element, tag.localname, rule, origin)
        yield from _child_problems(element, tag.localname, rule, file)


def _attribute_problems(element: Element, name: str, rule: Rule, origin: Origin) -> Iterator[Problem]:
    stated = [str(name) for name in element.attrib]
    for missing in sorted(rule.required.difference(stated)):
        yield Problem("error", f"<{name}> needs the attribute {missing}.", origin)
    for attribute in stated:
        if attribute not in rule.attributes and not attribute.startswith("{"):
            hint = did_you_mean(attribute, sorted(rule.attributes))
            message = f"<{name}> has no attribute {attribute}, so it is passed over."
            yield Problem("warning", f"{message}{' ' + hint if hint else ''}", origin)


def _child_problems(element: Element, name: str, rule: Rule, file: str) -> Iterator[Problem]:
    for child in element:
        tag = etree.QName(child)
        if tag.namespace not in (EDMX, EDM) or tag.localname in rule.children:
            continue
        hint = did_you_mean(tag.localname, sorted(rule.children))
        message = f"<{tag.localname}> does not stand in <{name}>, so it is passed over.{' ' + hint if hint else ''}"
        yield Problem("warning", message, Origin(file, line_of(child)))
