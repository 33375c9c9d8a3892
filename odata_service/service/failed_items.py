"""Changes of a collection that failed, as the answer tells them (Protocol 11.4.12.1).

| failed | told as | `failedOperation` |
|---|---|---|
| insert | deleted entity | `insert` |
| update | the entity as it was stated | `update` |
| removal | entity, by its key or its id | `delete`, of entities that stay elsewhere `unlink` |
| link, ended link | the other one of both | `link`, `unlink` |
"""

from collections.abc import Collection, Mapping

from msgspec import Struct

from odata_service.edm.model import Schema
from odata_service.errors import ODataError
from odata_service.payload import failed_change

_CONTEXTS = ("@odata.context", "@context")
_REMOVED = ("@odata.removed", "@removed")
_OTHER = {"link": "$deletedLink", "unlink": "$link"}

Members = Mapping[str, object]


class FailedItem(Struct, frozen=True):
    """An item of a body as its JSON states it, why it failed and what it was to do.

    `id` is the URL of the entity that was to be made, where its key is known; `is_link` tells an item that is a link.
    """

    members: Members
    failure: ODataError
    operation: str
    id: str | None = None
    is_link: bool = False

    def told(self, home: str, version: str) -> dict[str, object]:
        """The item in the answer; `home` is the context of the set that the collection is of."""
        why = failed_change(self.failure, self.operation)
        if self.is_link:
            context = {"@odata.context": f"{home}/{_OTHER[self.operation]}"}
            return {**context, **_without(self.members, _CONTEXTS), **why}
        if self.operation == "update":
            return {**self.members, **why}
        if self.operation != "insert":
            return {**_named(self.members), **why}
        if version != "4.0":
            return {"@removed": {"reason": "deleted"}, **self.members, **why}
        deleted = {"@odata.context": f"{home}/$deletedEntity", "reason": "deleted"}
        return {**deleted, **({"id": self.id} if self.id is not None else self.members), **why}


def context_kind(members: Members) -> str:
    """What the context of an item says that it is, `$link` and the like; nothing where it has none."""
    context = next((members[name] for name in _CONTEXTS if name in members), "")
    return str(context).rpartition("/")[2]


def is_removal(members: Members) -> bool:
    """Whether an item takes an entity away."""
    return context_kind(members) == "$deletedEntity" or any(name in members for name in _REMOVED)


def of_key(members: Members, entity_type: str, schema: Schema) -> dict[str, object]:
    """Of what an item states the members that tell which entity it is about."""
    names = {path.partition("/")[0] for path, _ in schema.key_leaves(entity_type)}
    return {name: value for name, value in members.items() if name in {*names, "@odata.id", "@id"}}


def _named(members: Members) -> dict[str, object]:
    """An entity that stays, by what told it as removed."""
    if context_kind(members) == "$deletedEntity" and "id" in members:
        return {"@odata.id": members["id"]}
    return _without(members, (*_CONTEXTS, *_REMOVED))


def _without(members: Members, hidden: Collection[str]) -> dict[str, object]:
    return {name: value for name, value in members.items() if name not in hidden}
