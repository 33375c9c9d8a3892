"""What is written down of changes, for a caller who does not see everything."""

from collections.abc import Iterator

from odata_service.edm.model import EntitySet
from odata_service.plan.delta import Places
from odata_service.plan.model import Rules
from odata_service.semantics.reach import Chain
from odata_service.semantics.resolved import Query
from odata_service.storage.store import Changes, Key, Keys, PreparedChanges, PreparedVersion, Values


class RuledChanges:
    """Logs of changes of which those alone are told that are a caller's to know."""

    def __init__(self, changes: Changes, rules: Rules, values: Values) -> None:
        self._changes = changes
        self._rules = rules
        self._values = values

    def tracks(self, source: EntitySet) -> bool:
        """Whether changes of a source's entities are written down."""
        return self._changes.tracks(source)

    def prepare(self, query: Query, rules: Rules = ()) -> PreparedChanges | None:
        """Builds the statement that finds changes of a query's result under the rules."""
        return self._changes.prepare(query, (*self._rules, *rules))

    def prepare_version(self, query: Query) -> PreparedVersion | None:
        """None: each caller sees another version."""
        return None

    def version(self, prepared: PreparedVersion) -> str:
        """A text that is another one whenever the result may be."""
        return self._changes.version(prepared)

    def places(self, prepared: PreparedChanges) -> Places:
        """What will be changed, and what is being changed and not to be seen yet, lies behind these places."""
        return self._changes.places(prepared)

    def are_known(self, prepared: PreparedChanges, since: Places) -> bool:
        """Whether all that lies behind places is still written down."""
        return self._changes.are_known(prepared, since)

    def changed(
        self, prepared: PreparedChanges, since: Places, values: Values, after: Values | None, most: int
    ) -> Keys:
        """The keys of entities that changed behind places."""
        return self._changes.changed(prepared, since, self._all(values), after, most)

    def is_another(self, prepared: PreparedChanges, since: Places, values: Values) -> bool:
        """Whether something has changed behind places that all of the result depends on."""
        return self._changes.is_another(prepared, since, self._all(values))

    def related(
        self, prepared: PreparedChanges, chain: Chain, since: Places, values: Values
    ) -> Iterator[tuple[Key, Key]]:
        """The keys of entities, and of those that they were or are related to."""
        return self._changes.related(prepared, chain, since, self._all(values))

    def count(self, prepared: PreparedChanges, since: Places, values: Values) -> int:
        """How many entities changed behind places."""
        return self._changes.count(prepared, since, self._all(values))

    def _all(self, values: Values) -> Values:
        return (*values, *self._values)
