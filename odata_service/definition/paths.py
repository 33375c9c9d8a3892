"""The requests of API pages in, one tree of all their paths out: what stands behind each segment, as the pages say.

A page's request answers or changes entities of one type; so the segment before it leads to that type. What is said at
one place of a path tells what the segments below it belong to (URL Conventions 4).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from odata_service.definition.api_page import KEY, ApiPage, HttpRequest, call_of
from odata_service.definition.catalogue import Catalogue
from odata_service.definition.kinds import VERBS, Kinds
from odata_service.definition.resource_page import MethodRow, ResourcePage
from odata_service.definition.type_cell import TypeCell
from odata_service.errors import Origin

_CREATING = frozenset({"create", "post", "add", "upload"})
_OPERATION_TITLES = (" action", " function")


class Call(Struct, frozen=True):
    """A request whose last segment may be an operation."""

    api: ApiPage
    request: HttpRequest


class Node(Struct):
    """A segment of paths: the segments below it, and what requests say of what it leads to."""

    name: str
    parent: "Node | None" = None
    children: dict[str, "Node"] = field(default_factory=dict)
    spellings: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    hints: Counter[str] = field(default_factory=Counter)
    """The types that titles such as `reportRoot: getReport` name, for lack of better evidence."""
    collections: int = 0
    singles: int = 0
    calls: list[Call] = field(default_factory=list)
    is_referenced: bool = False
    origin: Origin | None = None

    @property
    def is_key(self) -> bool:
        """Whether the segment stands for a key."""
        return self.name == KEY

    @property
    def spelled(self) -> str:
        """The name as most requests spell it."""
        return self.spellings.most_common(1)[0][0] if self.spellings else self.name

    @property
    def is_collection(self) -> bool:
        """Whether the segment leads to a collection: a key follows, or most requests say so."""
        return KEY in self.children or self.collections > self.singles

    @property
    def depth(self) -> int:
        """How many segments stand before this one."""
        return 0 if self.parent is None else self.parent.depth + 1

    def walk(self) -> Iterator["Node"]:
        """The node and all below it."""
        yield self
        for child in self.children.values():
            yield from child.walk()


class PathTree:
    """All paths of the API pages that were given."""

    def __init__(self, apis: Sequence[ApiPage], catalogue: Catalogue, kinds: Kinds) -> None:
        self.root = Node("")
        self._catalogue = catalogue
        self._kinds = kinds
        self._links = links_by_api(catalogue)
        for api in apis:
            for request in api.requests:
                self._add(api, request)

    def _add(self, api: ApiPage, request: HttpRequest) -> None:
        node = self.root
        for segment in request.segments:
            if segment.startswith("$"):
                node.is_referenced = node.is_referenced or segment == "$ref"
                return
            key = segment.lower()
            if key not in node.children:
                node.children[key] = Node(segment, node, origin=Origin(api.origin.file, request.line))
            node = node.children[key]
            node.spellings[segment] += 1
        self._add_evidence(node, api, request)

    def _add_evidence(self, node: Node, api: ApiPage, request: HttpRequest) -> None:
        """Notes what the request says of its last segment."""
        links = self._links.get(api.stem, ())
        if request.method == "POST" and len({other.segments[-1].lower() for other in api.requests}) > 1:
            # A page that creates in several collections tells of something that can be created along with others.
            return
        if not node.is_key and is_operation(api, request, [row for _, row in links]):
            node.calls.append(Call(api, request))
            self._add_hint(node, api)
            return
        subject = self._subject(api, request, links)
        holder = node.parent if node.is_key else node
        if subject is None or holder is None:
            return
        holder.types[subject[0].name] += 1
        if node.is_key or request.method == "POST" or subject[1]:
            holder.collections += 1
        elif request.method != "DELETE":
            holder.singles += 1

    def _add_hint(self, node: Node, api: ApiPage) -> None:
        """Notes the type that the title of an operation's page names, for what the operation is bound to."""
        name, colon, _ = api.title.partition(":")
        owner = node.parent.parent if node.parent is not None and node.parent.is_key else node.parent
        found = self._catalogue.named(name.strip(), "") if colon and owner is not None else None
        if found is not None and owner is not None and self._kinds.is_entity(found):
            owner.hints[found.name] += 1

    def _subject(
        self, api: ApiPage, request: HttpRequest, links: Sequence[tuple[ResourcePage, MethodRow]]
    ) -> tuple[ResourcePage, bool] | None:
        """The entity type that a request reads or changes, and whether it answers many; None where neither is said."""
        if api.returns is not None and request.method in ("GET", "POST"):
            found = self._entity(api.returns, links[0][0] if links else None)
            if found is not None:
                return found, api.returns.collection
        for page, row in links:
            if request.method in ("GET", "POST") or not row.returns_nothing:
                found = self._entity(row.returns, page)
            else:
                found = page if row.verb in VERBS and self._kinds.is_entity(page) else None
            if found is not None:
                return found, row.returns.collection
        return None

    def _entity(self, cell: TypeCell, page: ResourcePage | None) -> ResourcePage | None:
        """The entity type of a cell, or None."""
        if cell.primitive is not None or not cell.name:
            return None
        found = self._catalogue.lookup(cell, page) if page is not None else self._catalogue.named(cell.name, "")
        return found if isinstance(found, ResourcePage) and self._kinds.is_entity(found) else None


def links_by_api(catalogue: Catalogue) -> Mapping[str, Sequence[tuple[ResourcePage, MethodRow]]]:
    """The Methods rows that lead to each API page, those of the page's own type first."""
    found: dict[str, list[tuple[ResourcePage, MethodRow]]] = {}
    for page in catalogue.types.values():
        for row in page.methods:
            if row.target is not None:
                found.setdefault(row.target, []).append((page, row))
    for links in (links for links in found.values() if len(links) > 1):
        links.sort(key=lambda link: not link[0].returns_itself(link[1]))
    return found


def is_operation(api: ApiPage, request: HttpRequest, rows: Iterable[MethodRow]) -> bool:
    """Whether a request's last segment is an action or function, as its form, the page's title and the links say."""
    last = request.segments[-1]
    if request.method not in ("GET", "POST"):
        return False
    if call_of(last) is not None or last.lower() == "delta":
        return True
    title = api.title.strip()
    if (
        title.lower().endswith(_OPERATION_TITLES)
        or title.rpartition(":")[2].strip().lower() == last.lower() != title.lower()
    ):
        return True
    if any(row.label == last and row.label[:1].islower() for row in rows):
        return True
    word = title.partition(" ")[0].lower()
    if request.method == "GET":
        return False
    return word not in _CREATING or (word in ("add", "upload") and last.lower().startswith(word))


def nearest_common(names: Iterable[str], ancestry: Callable[[str], Sequence[str]]) -> str | None:
    """The type that all of most of the names derive from: the first whose ancestors hold no other's, else the first."""
    chosen: str | None = None
    for name in names:
        if chosen is None or name in ancestry(chosen):
            chosen = name
        elif chosen not in ancestry(name):
            shared = next((part for part in ancestry(chosen) if part in ancestry(name)), None)
            chosen = shared or chosen
    return chosen
