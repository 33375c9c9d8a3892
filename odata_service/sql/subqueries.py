"""Subqueries that stand inside of each other, or before the statement under a name where they would be too deep.

SQLite reads a statement by a stack of a hundred entries, which some fifteen subqueries in subqueries fill. What is
deeper is named in front, `WITH q1 AS (…)`; the same SELECT, wherever it stands, is named once.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct, field
from peewee import BaseQuery, CompoundSelectQuery, Entity, Select, Source

Render = Callable[[BaseQuery, "Naming"], tuple[str, list[Any]]]
"""The text of a query and its parameters."""


class Naming(Struct):
    """What has been named before a statement while it is written, in an order in which each refers to those before it.

    `depth` is how many subqueries are around the one at hand, `most` how many there may be.
    """

    render: Render
    most: int
    depth: int = 0
    named: dict[str, tuple[str, list[Any]]] = field(default_factory=dict)

    def name(self, name: str, query: BaseQuery) -> None:
        """Names a query unless it is named."""
        if name not in self.named:
            inner = Naming(self.render, self.most, named=self.named)
            self.named[name] = self.render(query, inner)


class Subquery(Source):
    """A SELECT as a source of rows under a name that nothing else in the statement has; `depth` is how deep it is."""

    def __init__(self, query: Select | CompoundSelectQuery, name: str, depth: int = 1) -> None:
        super().__init__(alias=name)
        self.query = query
        self.name = name
        self.depth = depth

    def __sql__(self, ctx: Any) -> Any:
        """Writes it, or its name alone where it stands before the statement."""
        naming: Naming | None = ctx.state.naming
        if naming is None:
            return ctx.sql(self.query.alias(self.name))
        if naming.depth + self.depth > naming.most:
            naming.name(self.name, self.query)
            return ctx.sql(Entity(self.name))
        naming.depth += self.depth
        ctx.sql(self.query.alias(self.name))
        naming.depth -= self.depth
        return ctx
