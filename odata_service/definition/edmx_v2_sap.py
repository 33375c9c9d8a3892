"""Attributes of the namespace `sap` become annotations: one table for each kind of element.

An attribute that stands for its default says nothing. One that is in no table is named once.
"""

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct, field

from odata_service.definition.edmx_v2_document import Document, annotate, local, tag
from odata_service.definition.edmx_v2_hierarchy import HIERARCHY, annotate_hierarchies
from odata_service.definition.edmx_v2_types import SAP
from odata_service.definition.safe_xml import Element, line_of
from odata_service.edm.annotations import (
    CAPABILITIES,
    COMPUTED,
    CORE,
    IMMUTABLE,
    MEASURES,
    SAP_ANALYTICS,
    SAP_COMMON,
    SAP_COMMUNICATION,
    SAP_UI,
    EnumMember,
    Path,
    Record,
    Value,
)
from odata_service.errors import Origin, Problem

_IGNORED = frozenset(
    (
        *("content-version", "schema-version", "supported-formats", "unicode", "use-batch", "is-annotation"),
        *("action-for", "applicable-path", "is-default-entity-container", "change-tracking", "delta-link-validity"),
        *("is-thing-type", "message-scope-supported", "recursive-hierarchy", "auto-expand", "dataservices-version"),
    )
)
"""What says something of the old protocol or of the document, and nothing of the model."""

Term = tuple[str, Value]
Translate = Callable[[str], Term | None]


def _text(term: str) -> Translate:
    return lambda text: (term, text)


def _path(term: str) -> Translate:
    return lambda text: (term, Path(text))


def _cases(**terms: Term) -> Translate:
    return lambda text: terms.get(text.replace("-", "_"))


def _field_control(state: str) -> Term:
    return f"{SAP_COMMON}.FieldControl", EnumMember(f"{SAP_COMMON}.FieldControlType", (state,))


_DESCRIBED: dict[str, Translate] = {
    "label": _text(f"{SAP_COMMON}.Label"),
    "quickinfo": _text(f"{SAP_COMMON}.QuickInfo"),
    "heading": _text(f"{SAP_COMMON}.Heading"),
}
_PROPERTY: dict[str, Translate] = {
    **_DESCRIBED,
    "text": _path(f"{SAP_COMMON}.Text"),
    "precision": _path(f"{MEASURES}.Scale"),
    "field-control": _path(f"{SAP_COMMON}.FieldControl"),
    "visible": _cases(false=(f"{SAP_UI}.Hidden", True)),
    "display-format": _cases(
        UpperCase=(f"{SAP_COMMON}.IsUpperCase", True), NonNegative=(f"{SAP_COMMON}.IsDigitSequence", True)
    ),
    "value-list": _cases(fixed_values=(f"{SAP_COMMON}.ValueListWithFixedValues", True)),
    "aggregation-role": _cases(
        dimension=(f"{SAP_ANALYTICS}.Dimension", True), measure=(f"{SAP_ANALYTICS}.Measure", True)
    ),
    "parameter": _cases(mandatory=_field_control("Mandatory"), optional=_field_control("Optional")),
    "semantics": _cases(
        currency_code=(f"{SAP_COMMON}.IsCurrency", True),
        unit_of_measure=(f"{SAP_COMMON}.IsUnit", True),
        tel=(f"{SAP_COMMUNICATION}.IsPhoneNumber", True),
        email=(f"{SAP_COMMUNICATION}.IsEmailAddress", True),
        url=(f"{CORE}.IsURL", True),
        year=(f"{SAP_COMMON}.IsCalendarYear", True),
        yearmonth=(f"{SAP_COMMON}.IsCalendarYearMonth", True),
        yearmonthday=(f"{SAP_COMMON}.IsCalendarDate", True),
        fiscalyear=(f"{SAP_COMMON}.IsFiscalYear", True),
        fiscalyearperiod=(f"{SAP_COMMON}.IsFiscalYearPeriod", True),
    ),
}
_TYPE: dict[str, Translate] = {
    **_DESCRIBED,
    "semantics": _cases(parameters=(f"{SAP_COMMON}.ResultContext", True)),
    "value-list": _cases(),
}
TABLES: Mapping[str, Mapping[str, Translate]] = {
    "Property": _PROPERTY,
    "Parameter": _PROPERTY,
    "NavigationProperty": _DESCRIBED,
    "EntityType": _TYPE,
    "ComplexType": _TYPE,
    "EntitySet": {**_DESCRIBED, "semantics": _cases()},
    "Action": _DESCRIBED,
    "Function": _DESCRIBED,
}
"""What an attribute states of the element that has it."""

Restriction = tuple[str, str, bool | str]
RESTRICTIONS: Mapping[tuple[str, str], tuple[Restriction, ...]] = {
    ("creatable", "false"): (("InsertRestrictions", "Insertable", False),),
    ("updatable", "false"): (("UpdateRestrictions", "Updatable", False),),
    ("deletable", "false"): (("DeleteRestrictions", "Deletable", False),),
    ("searchable", "true"): (("SearchRestrictions", "Searchable", True),),
    ("searchable", "false"): (("SearchRestrictions", "Searchable", False),),
    ("requires-filter", "true"): (("FilterRestrictions", "RequiresFilter", True),),
    ("countable", "false"): (("CountRestrictions", "Countable", False),),
    ("topable", "false"): (("TopSupported", "", False),),
    ("pageable", "false"): (("TopSupported", "", False), ("SkipSupported", "", False)),
}
"""What an attribute of an entity set restricts: the term, the property of its record, the value."""
_PATHS = {
    "creatable-path": ("InsertRestrictions", "Insertable"),
    "updatable-path": ("UpdateRestrictions", "Updatable"),
    "deletable-path": ("DeleteRestrictions", "Deletable"),
}
_OF_SETS = frozenset(name for name, _ in RESTRICTIONS) | _PATHS.keys() | {"addressable"}

_LISTS = {
    ("filterable", "false"): ("FilterRestrictions", "NonFilterableProperties"),
    ("sortable", "false"): ("SortRestrictions", "NonSortableProperties"),
    ("required-in-filter", "true"): ("FilterRestrictions", "RequiredProperties"),
}
_EXPRESSIONS = {"single-value": "SingleValue", "multi-value": "MultiValue", "interval": "SingleRange"}
_OF_PROPERTIES = frozenset(("unit", "creatable", "updatable", "filter-restriction", *(name for name, _ in _LISTS)))
_NAVIGATION = {"creatable": ("InsertRestrictions", "Insertable"), "filterable": ("FilterRestrictions", "Filterable")}


class _Restrictions(Struct):
    """What is restricted in an entity set: terms, and in their records constants and lists."""

    single: dict[str, Value] = field(default_factory=dict)
    records: dict[str, dict[str, Value]] = field(default_factory=dict)
    lists: dict[tuple[str, str], list[Value]] = field(default_factory=dict)

    def state(self, term: str, name: str, value: Value) -> None:
        if name:
            self.records.setdefault(term, {})[name] = value
        else:
            self.single[term] = value

    def extend(self, term: str, name: str, member: Value) -> None:
        self.lists.setdefault((term, name), []).append(member)

    def terms(self) -> Iterator[Term]:
        for (term, name), members in self.lists.items():
            self.state(term, name, tuple(members))
        yield from self.single.items()
        for term, values in self.records.items():
            yield term, Record(values)


def annotate_sap(document: Document) -> None:
    """Adds the annotations that stand for the attributes of a document."""
    by_type = _by_type(document)
    for element in document.root.iter("{*}*"):
        table = TABLES.get(local(element))
        if table is not None:
            for name, translate in table.items():
                found = translate(text) if (text := element.get(f"{SAP}{name}")) is not None else None
                if found is not None:
                    annotate(element, *found, element)
    for namespace, element in document.each("EntityType"):
        _annotate_properties(element)
        annotate_hierarchies(element)
        for entity_set in by_type.get(f"{namespace}.{element.get('Name')}", ()):
            _restrict(entity_set, element)
    for _, element in document.each("ComplexType"):
        _annotate_properties(element)
    _report_unknown(document)


def _by_type(document: Document) -> dict[str, list[Element]]:
    found: dict[str, list[Element]] = {}
    for entity_set in document.root.iter(tag("EntitySet")):
        found.setdefault(entity_set.get("EntityType", ""), []).append(entity_set)
    return found


def _annotate_properties(element: Element) -> None:
    properties = {part.get("Name", ""): part for part in element.iterchildren(tag("Property"))}
    for part in properties.values():
        creatable, updatable = (part.get(f"{SAP}{name}") != "false" for name in ("creatable", "updatable"))
        if not updatable:
            annotate(part, IMMUTABLE if creatable else COMPUTED, True, part)
        unit = part.get(f"{SAP}unit")
        if unit:
            found = properties.get(unit)
            is_currency = found is not None and found.get(f"{SAP}semantics") == "currency-code"
            annotate(part, f"{MEASURES}.{'ISOCurrency' if is_currency else 'Unit'}", Path(unit), part)


def _restrict(entity_set: Element, entity_type: Element) -> None:
    """Annotates an entity set with what itself and the properties of its type restrict."""
    found = _Restrictions()
    for (name, value), restrictions in RESTRICTIONS.items():
        if entity_set.get(f"{SAP}{name}") == value:
            for restriction in restrictions:
                found.state(*restriction)
    for name, (term, part) in _PATHS.items():
        path = entity_set.get(f"{SAP}{name}")
        if path:
            found.state(term, part, Path(path))
    if entity_set.get(f"{SAP}addressable") == "false":
        entity_set.set("IncludeInServiceDocument", "false")
    for structural in entity_type.iterchildren(tag("Property")):
        _restrict_property(structural, found)
    for navigation in entity_type.iterchildren(tag("NavigationProperty")):
        _restrict_navigation(navigation, found)
    for term, stated in found.terms():
        annotate(entity_set, f"{CAPABILITIES}.{term}", stated, entity_set)


def _restrict_property(part: Element, found: _Restrictions) -> None:
    path = Path(part.get("Name", ""), "PropertyPath")
    for (name, value), (term, listed) in _LISTS.items():
        if part.get(f"{SAP}{name}") == value:
            found.extend(term, listed, path)
    if part.get(f"{SAP}creatable") == "false" and part.get(f"{SAP}updatable") != "false":
        found.extend("InsertRestrictions", "NonInsertableProperties", path)
    allowed = _EXPRESSIONS.get(part.get(f"{SAP}filter-restriction", ""))
    if allowed is not None:
        expressions = Record({"Property": path, "AllowedExpressions": allowed})
        found.extend("FilterRestrictions", "FilterExpressionRestrictions", expressions)


def _restrict_navigation(part: Element, found: _Restrictions) -> None:
    for name, (term, flag) in _NAVIGATION.items():
        if part.get(f"{SAP}{name}") == "false":
            path = Path(part.get("Name", ""), "NavigationPropertyPath")
            restricted = Record({"NavigationProperty": path, term: Record({flag: False})})
            found.extend("NavigationRestrictions", "RestrictedProperties", restricted)


def _known(element: Element) -> frozenset[str]:
    name = local(element)
    known = _IGNORED | TABLES.get(name, {}).keys()
    if name == "EntitySet":
        return known | _OF_SETS
    if name == "Property":
        return known | _OF_PROPERTIES | HIERARCHY
    return known | _NAVIGATION.keys() | HIERARCHY if name == "NavigationProperty" else known


def _report_unknown(document: Document) -> None:
    seen: dict[str, tuple[Element, int]] = {}
    for element in document.root.iter("{*}*"):
        for attribute in element.attrib:
            name = str(attribute)
            if name.startswith(SAP) and name.removeprefix(SAP) not in _known(element):
                first, count = seen.get(name, (element, 0))
                seen[name] = first, count + 1
    for name, (element, count) in seen.items():
        times = "" if count == 1 else f" ({count} times)"
        attribute = f"sap:{name.removeprefix(SAP)}"
        message = f"{attribute} on <{local(element)}> has no like in version 4 and is passed over{times}."
        document.report(Problem("info", message, Origin(document.file, line_of(element))))
