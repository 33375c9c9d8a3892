"""What answers of V2 are made of, whatever their format."""

from collections.abc import Sequence
from urllib.parse import unquote

from msgspec import Struct

from odata_service.edm.model import EntitySet
from odata_service.v2.options import Wanted
from odata_service.v2.rows import Row


def v2_target(target: str | None) -> str | None:
    """What V4 says that an error is about, in V2's words.

    >>> v2_target("Customer@odata.bind"), v2_target("@odata.id")
    ('Customer', 'uri')
    """
    return target if target is None or "@odata" not in target else target.partition("@odata")[0] or "uri"


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
