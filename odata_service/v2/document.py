"""What answers of V2 are made of, whatever their format."""

from collections.abc import Sequence
from urllib.parse import unquote

from msgspec import Struct

from odata_service.edm.model import EntitySet
from odata_service.v2.options import Wanted
from odata_service.v2.rows import Row

_WORDS = (
    ("@odata.bind", ""),
    ("@odata.type", "__metadata/type"),
    ("@odata.etag", "__metadata/etag"),
    ("@odata.id", "uri"),
)
"""What V4 calls what V2 calls otherwise."""


def v2_words(text: str) -> str:
    """What V4 says of a body, in V2's words.

    >>> v2_words("'Customer@odata.bind': An array is no id."), v2_words("home/@odata.type")
    ("'Customer': An array is no id.", 'home/__metadata/type')
    """
    if "@odata" in text:
        for word, instead in _WORDS:
            text = text.replace(word, instead)
    return text


def v2_target(target: str | None) -> str | None:
    """What V4 says that an error is about, in V2's words."""
    return None if target is None else v2_words(target)


def is_own_link(uri: str, name: str) -> bool:
    """Whether a link along a navigation property is the one that answers have, which says nothing of where it leads.

    >>> is_own_link("Articles(1)/n%C3%A4chste", "nächste"), is_own_link("Groups('a')", "group")
    (True, False)
    """
    return unquote(uri).rstrip("/").endswith(f"/{name}")


class Feed(Struct, frozen=True):
    """A page of entities: their rows in V4's JSON, where they live, and what of them is wanted.

    `path` is the URI of the collection relative to the service root; `count` is told where it was asked for.
    """

    path: str
    rows: Sequence[Row]
    entity_set: EntitySet
    type: str
    wanted: Wanted
    count: int | None = None
    next_link: str | None = None


class Links(Struct, frozen=True):
    """A page of links along a navigation property of many, with how many there are of all and with what is behind."""

    uris: Sequence[str]
    count: int | None = None
    next_link: str | None = None
