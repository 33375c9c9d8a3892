"""References to other requests of a batch inside a body: what names an entity there (Protocol 11.7.4)."""

from collections.abc import Callable

from odata_service.edm.json_text import write_exact
from odata_service.payload.read import read_object
from odata_service.settings import Limits

_IDS = frozenset({"@odata.id", "@id"})
_BIND = "@odata.bind"


def may_refer(body: bytes) -> bool:
    """Whether a text in a body begins as references do."""
    return b'"$' in body


def with_urls(body: bytes, media_type: str, url_of: Callable[[str], str], limits: Limits) -> bytes:
    """A body whose entity-ids that begin with `$`, if it is JSON, are what `url_of` makes of them."""
    if "json" not in media_type or not may_refer(body):
        return body

    def replaced(value: object, is_id: bool) -> object:
        match value:
            case dict():
                return {name: replaced(inner, name in _IDS or name.endswith(_BIND)) for name, inner in value.items()}
            case list():
                return [replaced(inner, is_id) for inner in value]
            case str() if is_id and value.startswith("$"):
                return url_of(value)
            case _:
                return value

    return write_exact(replaced(read_object(body, limits), False)).encode("utf-8")
