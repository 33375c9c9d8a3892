"""The law of TopLevels: whatever the tree, SQL shows what the evaluator shows, in every database."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odata_service.semantics import resolve
from odata_service.semantics.evaluate import Entity, Evaluation
from odata_service.semantics.evaluate_apply import transformed
from odata_service.semantics.resolved import Query
from odata_service.service import Service
from odata_service.storage import DatabaseStore
from odata_service.url import parse_url
from tests.asking import ask
from tests.laws import examples
from tests.models import tree_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

MOST = 9
parents = st.lists(st.none() | st.integers(1, MOST), max_size=MOST).map(
    lambda known: [parent if parent is not None and parent <= place else None for place, parent in enumerate(known)]
)
levels = st.sampled_from(["", ",Levels=1", ",Levels=2", ",Levels=3"])
opened = st.lists(st.tuples(st.integers(1, MOST), st.sampled_from(["null", "0", "1", "2"])), max_size=3).map(
    lambda pairs: (
        ",ExpandLevels=[" + ",".join(f'{{"NodeID":"{node}","Levels":{count}}}' for node, count in pairs) + "]"
        if pairs
        else ""
    )
)
before = st.sampled_from(
    [
        "",
        "orderby(Name desc,ID)/",
        "filter(ID ne 2)/",
        "ancestors($root/Nodes,Tree,ID,filter(ID gt 4),keep start)/",
        "descendants($root/Nodes,Tree,ID,filter(ID le 3),keep start)/orderby(ID desc)/",
    ]
)
behind = st.sampled_from(["", "/filter(Depth lt 2)", "/filter(State ne 'leaf')", "/top(3)", "/skip(1)"])


@pytest.fixture(params=FAMILIES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, tree_schema) as made:
        yield made


def entities(known: list[int | None]) -> list[Entity]:
    """The nodes as the evaluator has them, each with the one above it."""
    found: list[dict[str, Any]] = [
        {"ID": number, "Name": f"N{number % 3}", "ParentID": parent} for number, parent in enumerate(known, 1)
    ]
    for node in found:
        node["Parent"] = None if node["ParentID"] is None else found[node["ParentID"] - 1]
    return list(found)


def refill(service: Service, known: list[int | None]) -> None:
    assert isinstance(service.store, DatabaseStore)
    with service.store.transaction():
        service.store.connection().execute(f"DELETE FROM {service.store.mapping.family.dialect.quoted('Nodes')}")
    for node in entities(known):
        body = {name: node[name] for name in ("ID", "Name", "ParentID")}
        assert ask(service, "POST", "Nodes", body).status == 201


@given(known=parents, levels=levels, opened=opened, before=before, behind=behind)
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nodes_are_shown_and_told_of_alike(
    service: Service, known: list[int | None], levels: str, opened: str, before: str, behind: str
) -> None:
    refill(service, known)
    call = f"TopLevels(HierarchyNodes=$root/Nodes,HierarchyQualifier='Tree',NodeProperty='ID'{levels}{opened})"
    options = f"$apply={quote(f'{before}Hierarchy.{call}{behind}')}"
    answer = ask(service, "GET", f"Nodes?{options}&$select=ID,Depth,Below,State")
    assert answer.status == 200, answer.body
    query = resolve(parse_url("Nodes", options), service.schema)
    assert isinstance(query, Query) and query.options.apply is not None
    every = entities(known)
    expected = transformed(query.options.apply.steps, every, Evaluation(sources={"Nodes": every}))
    assert [(row["ID"], row["Depth"], row["Below"], row["State"]) for row in answer.json["value"]] == [
        (node["ID"], node["Depth"], node["Below"], node["State"]) for node in expected
    ]
