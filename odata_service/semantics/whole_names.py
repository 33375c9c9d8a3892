"""Names that a URL qualifies by an alias become those qualified by the namespace (CSDL 5.1.2, ABNF `namespace`)."""

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.model import Schema
from odata_service.url.syntax import AnnotationName, FunctionCall, Literal, Name, ODataUrl, Segment


def with_whole_names(url: ODataUrl, schema: Schema) -> ODataUrl:
    """The URL with every alias of a schema replaced; as it is where none has one, or the URL names none."""
    if not schema.aliases:
        return url
    found = _spelled(url, schema)
    assert isinstance(found, ODataUrl), "a node is replaced by one of its kind"
    return found


def _spelled(part: object, schema: Schema) -> object:
    if isinstance(part, tuple):
        found = tuple(_spelled(member, schema) for member in part)
        return part if all(new is old for new, old in zip(found, part, strict=True)) else found
    if not isinstance(part, Struct):
        return part
    changes = {
        name: new for name in part.__struct_fields__ if (new := _spelled(old := getattr(part, name), schema)) is not old
    }
    match part:
        case Name() | Segment() | FunctionCall() | AnnotationName():
            whole = schema.whole_name(part.name)
            if whole != part.name:
                changes["name"] = whole
        case Literal(type_name=str(type_name)):
            changes["type_name"] = schema.whole_name(type_name)
    return replace(part, **changes) if changes else part
