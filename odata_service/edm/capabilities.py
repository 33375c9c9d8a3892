"""What an entity set allows, as plain fields; the Capabilities vocabulary states the same in `$metadata`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Everything is allowed until a definition says otherwise."""

    readable: bool = True
    readable_by_key: bool = True
    insertable: bool = True
    updatable: bool = True
    deletable: bool = True

    @property
    def upsertable(self) -> bool:
        """Whether PATCH or PUT to a key that does not exist yet may create the entity."""
        return self.insertable and self.updatable
