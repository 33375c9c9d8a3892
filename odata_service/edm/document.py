"""What a definition says of itself: its schemas, what it refers to, annotations of what stands elsewhere; and terms.

(CSDL 4, 5, 14.)
"""

from msgspec import Struct
from msgspec.structs import astuple

from odata_service.edm.annotations import Annotation
from odata_service.edm.types import NOWHERE, TypeRef
from odata_service.errors import Origin
from odata_service.structs import PartlyCompared


class Term(PartlyCompared, frozen=True):
    """A vocabulary term (CSDL 14.1); `default` is the text of its DefaultValue, None where there is none."""

    name: str
    type: TypeRef
    base: str | None = None
    default: str | None = None
    applies_to: tuple[str, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE


class Namespace(PartlyCompared, frozen=True):
    """What a document says of one of its schemas as a whole: its alias and its annotations (CSDL 5)."""

    name: str
    alias: str | None = None
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE


class Include(PartlyCompared, frozen=True):
    """A namespace of a referenced document and the alias it has here (CSDL 4.2)."""

    namespace: str
    alias: str | None = None
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE


class IncludeAnnotations(Struct, frozen=True):
    """Which annotations of a referenced document are of interest (CSDL 4.3)."""

    term_namespace: str
    qualifier: str | None = None
    target_namespace: str | None = None


class Reference(PartlyCompared, frozen=True):
    """A document that this one refers to (CSDL 4.1)."""

    uri: str
    includes: tuple[Include, ...] = ()
    include_annotations: tuple[IncludeAnnotations, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE


class ExternalAnnotations(PartlyCompared, frozen=True):
    """Annotations of a model element that stands elsewhere: the path of their target (CSDL 14.2)."""

    target: str
    annotations: tuple[Annotation, ...]
    qualifier: str | None = None
    origin: Origin = NOWHERE


class Profile(Struct, frozen=True):
    """Habits of the definition's own world that payloads follow; a reader sets them, nothing else does.

    `type_in_entities`: every entity in a payload carries its type, as the page's JSON representation shows it.
    `usual_header_names`: the answers of a JSON batch have header names as they are usually written, not in lower case.
    `version_segments`: what a path may begin with, as further names of the service root.
    `inner_error`: an error tells by which ids and when the request was made, for whoever looks into it.
    `search_names_property`: a word or phrase of $search may begin with the property to look in and a colon.
    `types_in_any_case`: a body may name its types in other letters, `#microsoft.graph.User`.
    """

    type_in_entities: bool = False
    usual_header_names: bool = False
    version_segments: tuple[str, ...] = ()
    inner_error: bool = False
    search_names_property: bool = False
    types_in_any_case: bool = False

    def with_habits(self, other: "Profile") -> "Profile":
        """The habits of this one and of another."""
        return Profile(*(own or added for own, added in zip(astuple(self), astuple(other), strict=True)))


GRAPH = Profile(
    usual_header_names=True,
    version_segments=("v1.0", "beta"),
    inner_error=True,
    search_names_property=True,
    types_in_any_case=True,
)
"""What clients of Microsoft Graph take for granted."""

GRAPH_NAMESPACE = "microsoft.graph"
"""The namespace that is told from others as that of Microsoft Graph."""
