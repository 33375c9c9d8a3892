"""`sap:hierarchy-…` attributes become the annotations of recursive hierarchies on an entity type."""

from odata_service.definition.edmx_v2_document import annotate, tag
from odata_service.definition.edmx_v2_types import SAP
from odata_service.definition.safe_xml import Element
from odata_service.edm.annotations import AGGREGATION, SAP_HIERARCHY, Path, Record, Value

_NODE = "hierarchy-node-for"
_PARENT = "hierarchy-parent-node-for"
_PARENT_NAVIGATION = "hierarchy-parent-navigation-for"
_PARTS = {
    "hierarchy-node-external-key-for": "ExternalKey",
    "hierarchy-level-for": "DistanceFromRoot",
    "hierarchy-drill-state-for": "DrillState",
    "hierarchy-node-descendant-count-for": "LimitedDescendantCount",
    "hierarchy-sibling-rank-for": "SiblingRank",
}
HIERARCHY = frozenset((_NODE, _PARENT, _PARENT_NAVIGATION, "hierarchy-preorder-rank-for", *_PARTS))


def annotate_hierarchies(element: Element) -> None:
    """Adds the hierarchies of an entity type, each qualified with the property that identifies its nodes."""
    for part in element.iterchildren(tag("Property")):
        if part.get(f"{SAP}{_NODE}") is not None:
            node = part.get("Name", "")
            parent = _parent(element, node)
            if parent is not None:
                base: dict[str, Value] = {
                    "NodeProperty": Path(node, "PropertyPath"),
                    "ParentNavigationProperty": Path(parent, "NavigationPropertyPath"),
                }
                annotate(element, f"{AGGREGATION}.RecursiveHierarchy", Record(base), part, node)
            derived: dict[str, Value] = {
                name: Path(found)
                for attribute, name in _PARTS.items()
                if (found := _property_for(element, attribute, node)) is not None
            }
            if derived:
                annotate(element, f"{SAP_HIERARCHY}.RecursiveHierarchy", Record(derived), part, node)


def _property_for(element: Element, attribute: str, node: str, kind: str = "Property") -> str | None:
    found = (part for part in element.iterchildren(tag(kind)) if part.get(f"{SAP}{attribute}") == node)
    return next((part.get("Name") for part in found), None)


def _parent(element: Element, node: str) -> str | None:
    """The navigation property to the parent: the marked one, or the one whose constraint is the parent's identity."""
    marked = _property_for(element, _PARENT_NAVIGATION, node, "NavigationProperty")
    parent = _property_for(element, _PARENT, node)
    if marked is not None or parent is None:
        return marked
    for navigation in element.iterchildren(tag("NavigationProperty")):
        pairs = [
            (constraint.get("Property"), constraint.get("ReferencedProperty"))
            for constraint in navigation.iterchildren(tag("ReferentialConstraint"))
        ]
        if pairs == [(parent, node)]:
            return navigation.get("Name")
    return None
