"""Which attributes and children each element of CSDL XML has: one table, and the check of a document against it.

(CSDL XML 3 to 14.) An element or attribute of another namespace is an extension and of no concern here.
"""

import re
from collections.abc import Iterator, Mapping

from lxml import etree
from msgspec import Struct

from odata_service.definition.safe_xml import Element, line_of
from odata_service.edm.annotations import OPERATORS
from odata_service.errors import Hints, Origin, Problem

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


class Rule(Struct, frozen=True):
    """The attributes that an element must and may have, and the elements that may stand in it."""

    required: tuple[str, ...]
    attributes: frozenset[str]
    children: frozenset[str]


def rule_of(attributes: str = "", children: str = "", *, expressions: bool = False) -> Rule:
    """A rule from words: `!` marks an attribute that must be there, `=` stands for all inline expressions."""
    names = attributes.split()
    inner = frozenset(children.split()) | (EXPRESSIONS if expressions else frozenset())
    known = frozenset(name.rstrip("!") for name in names) | (INLINE if "=" in names else frozenset())
    return Rule(tuple(sorted(name[:-1] for name in names if name.endswith("!"))), known - {"="}, inner)


_OPERATION = "Name! EntitySetPath IsBound"
RULES = {
    "Edmx": rule_of("Version!", "Reference DataServices"),
    "Reference": rule_of("Uri!", "Include IncludeAnnotations Annotation"),
    "Include": rule_of("Namespace! Alias", "Annotation"),
    "IncludeAnnotations": rule_of("TermNamespace! Qualifier TargetNamespace"),
    "DataServices": rule_of("", "Schema"),
    "Schema": rule_of(
        "Namespace! Alias",
        "ComplexType EntityType TypeDefinition EnumType Action Function Term Annotations EntityContainer Annotation",
    ),
    "EntityType": rule_of("Name! BaseType Abstract OpenType HasStream", "Key Property NavigationProperty Annotation"),
    "ComplexType": rule_of("Name! BaseType Abstract OpenType", "Property NavigationProperty Annotation"),
    "Key": rule_of("", "PropertyRef"),
    "PropertyRef": rule_of("Name! Alias"),
    "Property": rule_of(f"Name! Type! Nullable DefaultValue {_FACETS}", "Annotation"),
    "TypeDefinition": rule_of(f"Name! UnderlyingType! {_FACETS}", "Annotation"),
    "NavigationProperty": rule_of(
        "Name! Type! Nullable Partner ContainsTarget", "ReferentialConstraint OnDelete Annotation"
    ),
    "ReferentialConstraint": rule_of("Property! ReferencedProperty!", "Annotation"),
    "OnDelete": rule_of("Action!", "Annotation"),
    "EnumType": rule_of("Name! IsFlags UnderlyingType", "Member Annotation"),
    "Member": rule_of("Name! Value", "Annotation"),
    "ReturnType": rule_of(f"Type! Nullable {_FACETS}", "Annotation"),
    "Action": rule_of(_OPERATION, "Parameter ReturnType Annotation"),
    "Function": rule_of(f"{_OPERATION} IsComposable", "Parameter ReturnType Annotation"),
    "Parameter": rule_of(f"Name! Type! Nullable {_FACETS}", "Annotation"),
    "Term": rule_of(f"Name! Type! BaseTerm Nullable DefaultValue AppliesTo {_FACETS}", "Annotation"),
    "Annotations": rule_of("Target! Qualifier", "Annotation"),
    "EntityContainer": rule_of("Name! Extends", "EntitySet Singleton ActionImport FunctionImport Annotation"),
    "EntitySet": rule_of("Name! EntityType! IncludeInServiceDocument", "NavigationPropertyBinding Annotation"),
    "Singleton": rule_of("Name! Type! Nullable", "NavigationPropertyBinding Annotation"),
    "NavigationPropertyBinding": rule_of("Path! Target!"),
    "ActionImport": rule_of("Name! Action! EntitySet", "Annotation"),
    "FunctionImport": rule_of("Name! Function! EntitySet IncludeInServiceDocument", "Annotation"),
    "Annotation": rule_of("Term! Qualifier =", "Annotation", expressions=True),
    "Record": rule_of("Type", "PropertyValue Annotation"),
    "PropertyValue": rule_of("Property! =", "Annotation", expressions=True),
    "Collection": rule_of("", "", expressions=True),
    "LabeledElement": rule_of("Name! =", "Annotation", expressions=True),
    "Apply": rule_of("Function!", "Annotation", expressions=True),
    "Cast": rule_of(f"Type! {_FACETS}", "Annotation", expressions=True),
    "IsOf": rule_of(f"Type! {_FACETS}", "Annotation", expressions=True),
    "UrlRef": rule_of("=", "Annotation", expressions=True),
    "Null": rule_of("", "Annotation"),
    **{name: rule_of() for name in CONSTANTS | PATHS | {"LabeledElementReference"}},
    **{name: rule_of("", "Annotation", expressions=True) for name in ("If", *OPERATORS)},
}
SINGLE = frozenset({"DataServices", "Key", "OnDelete", "ReturnType"})
"""Elements that stand at most once in another."""
NEEDED = {"Key": ("PropertyRef",)}
"""Elements that another cannot do without; what else is needed is said where it is read."""
MOST = 1_000
"""A document with more faults than this in its elements is something else than CSDL."""

_OLD = re.compile(r"http://schemas\.microsoft\.com/ado/\d{4}/\d\d/edmx?")
_OF_EDMX = frozenset({"Edmx", "Reference", "Include", "IncludeAnnotations", "AnnotationsReference", "DataServices"})


def modernised(root: Element) -> bool:
    """Whether a document that says it is of version 4 was written in the namespaces of older ones, which are replaced.

    Some generators do so; every reader that goes by the version reads them.
    """
    if not (is_old(root) and root.get("Version", "").startswith("4")):
        return False
    replace_namespaces(root)
    return True


def is_old(root: Element) -> bool:
    """Whether an element is of a namespace that versions 1 to 3 had."""
    return _OLD.fullmatch(etree.QName(root).namespace or "") is not None


def replace_namespaces(root: Element) -> None:
    """Puts every element of the old namespaces into the one that it has in version 4."""
    for element in root.iter(etree.Element):
        if is_old(element):
            name = etree.QName(element).localname
            element.tag = f"{{{EDMX if name in _OF_EDMX else EDM}}}{name}"


def too_many(file: str) -> Problem:
    """That a document has more faults than anybody reads."""
    message = f"The document has more than {MOST} faults, so it is not read further. Correct these first."
    return Problem("error", message, Origin(file))


def grammar_problems(root: Element, file: str, rules: Mapping[str, Rule] = RULES) -> Iterator[Problem]:
    """Where a document does not follow the table: what is missing or doubled is an error, what is unknown a warning."""
    hints = Hints()
    named = {f"{{{namespace}}}{name}": name for namespace in (EDMX, EDM) for name in rules}
    usual = {name: _usual_children(rule) for name, rule in rules.items()}
    for element in root.iter(etree.Element):
        name = named.get(element.tag)
        if name is None:
            continue
        rule = rules[name]
        if not (rule.attributes.issuperset(element.keys()) and all(map(element.get, rule.required))):
            yield from _attribute_problems(element, name, rule, file, hints)
        if len(element) and not usual[name].issuperset([child.tag for child in element]):
            yield from _child_problems(element, name, rule, file, hints)
        for needed in NEEDED.get(name, ()):
            if not any(named.get(str(child.tag)) == needed for child in element):
                yield Problem("error", f"<{name}> needs a <{needed}>.", Origin(file, line_of(element)))


def _usual_children(rule: Rule) -> frozenset[str]:
    """The tags of which any number may stand in an element: where there are no others, nothing is wrong with them."""
    return frozenset(f"{{{namespace}}}{name}" for namespace in (EDMX, EDM) for name in rule.children - SINGLE)


def _attribute_problems(element: Element, name: str, rule: Rule, file: str, hints: Hints) -> Iterator[Problem]:
    for missing in rule.required:
        if not element.get(missing):
            yield Problem("error", f"<{name}> needs the attribute {missing}.", Origin(file, line_of(element)))
    for attribute in map(str, element.keys()):
        if attribute not in rule.attributes and not attribute.startswith("{"):
            message = f"<{name}> has no attribute {attribute}, so it is passed over."
            hint = hints.nearest(attribute, rule.attributes)
            yield Problem("warning", f"{message}{hint}", Origin(file, line_of(element)))


def _child_problems(element: Element, name: str, rule: Rule, file: str, hints: Hints) -> Iterator[Problem]:
    first: dict[str, Element] = {}
    for child in element:
        namespace, _, local = str(child.tag)[1:].rpartition("}")
        if namespace not in (EDMX, EDM):
            continue
        if local not in rule.children:
            message = f"<{local}> does not stand in <{name}>, so it is passed over."
            hint = hints.nearest(local, rule.children)
            yield Problem("warning", f"{message}{hint}", Origin(file, line_of(child)))
        elif local in SINGLE and first.setdefault(local, child) is not child:
            place = line_of(first[local])
            message = f"<{name}> has a <{local}> already, in line {place}, and one is allowed."
            yield Problem("error", message, Origin(file, line_of(child)))
