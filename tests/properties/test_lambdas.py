"""Laws of collections in expressions: any, all, counts and functions have the values that the evaluator gives."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odata_service.semantics import resolve
from odata_service.semantics.evaluate import Evaluation
from odata_service.semantics.resolved import Query
from odata_service.service import Service
from odata_service.url import parse_url
from tests.asking import ask
from tests.laws import examples
from tests.models import every_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

COLORS = {"Red": 0, "Green": 1, "Blue": 4}
TEXTS = st.sampled_from(["", "a", "A", "ä", "ab", "O'Brien", "%"])
NUMBERS = st.integers(-2, 3)
ADDRESSES = st.fixed_dictionaries(
    {"city": TEXTS, "labels": st.lists(TEXTS, max_size=2), "color": st.none() | st.sampled_from(list(COLORS))}
)
THINGS = st.lists(
    st.fixed_dictionaries(
        {
            "addresses": st.lists(ADDRESSES, max_size=2),
            "home": st.none() | ADDRESSES,
            "work": ADDRESSES,
            "color": st.none() | st.sampled_from(list(COLORS)),
        }
    ),
    min_size=1,
    max_size=4,
)
MANIES = st.lists(
    st.fixed_dictionaries(
        {
            "strings": st.lists(st.none() | TEXTS, max_size=3),
            "int64s": st.lists(st.none() | NUMBERS, max_size=3),
            "colors": st.lists(st.sampled_from(list(COLORS)), max_size=2),
        }
    ),
    min_size=1,
    max_size=4,
)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def listed(members: list[str]) -> str:
    return f"[{','.join(members)}]"


texts = TEXTS.map(quoted)
comparisons = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
quantifiers = st.sampled_from(["any", "all"])


def joined(conditions: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        conditions,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
            inner.map(lambda x: f"not ({x})"),
        ),
        max_leaves=3,
    )


of_text = joined(
    st.one_of(
        st.tuples(comparisons, texts | st.just("null")).map(lambda p: f"x {p[0]} {p[1]}"),
        st.tuples(comparisons, NUMBERS).map(lambda p: f"length(x) {p[0]} {p[1]}"),
        texts.map(lambda text: f"contains(x,{text})"),
    )
)
of_number = joined(
    st.one_of(
        st.tuples(comparisons, NUMBERS.map(str) | st.just("null")).map(lambda p: f"y {p[0]} {p[1]}"),
        st.tuples(quantifiers, comparisons).map(lambda p: f"strings/{p[0]}(x:length(x) {p[1]} y)"),
        st.just("y in int64s"),
    )
)
text_lists = st.lists(texts | st.just("null"), max_size=2).map(listed)
of_manies = joined(
    st.one_of(
        st.tuples(quantifiers, of_text).map(lambda p: f"strings/{p[0]}(x:{p[1]})"),
        st.tuples(quantifiers, of_number).map(lambda p: f"int64s/{p[0]}(y:{p[1]})"),
        st.tuples(quantifiers, st.sampled_from(list(COLORS))).map(lambda p: f"colors/{p[0]}(c:c eq '{p[1]}')"),
        st.tuples(st.sampled_from(["strings", "int64s", "colors"]), comparisons, NUMBERS).map(
            lambda p: f"{p[0]}/$count {p[1]} {p[2]}"
        ),
        st.tuples(of_text, comparisons, NUMBERS).map(
            lambda p: f"strings/$count($filter={p[0].replace('x', '$this')}) {p[1]} {p[2]}"
        ),
        st.tuples(
            st.sampled_from(["contains", "startswith", "endswith", "hassubset", "hassubsequence"]), text_lists
        ).map(lambda p: f"{p[0]}(strings,{p[1]})"),
        st.tuples(text_lists, NUMBERS).map(lambda p: f"indexof(strings,{p[0]}) eq {p[1]}"),
        st.tuples(NUMBERS, text_lists).map(lambda p: f"substring(strings,{p[0]}) eq {p[1]}"),
        texts.map(lambda text: f"{text} in strings"),
    )
)
of_addresses = joined(
    st.one_of(
        texts.map(lambda text: f"a/city eq {text}"),
        texts.map(lambda text: f"a/labels/any(l:l eq {text} or l eq a/city)"),
        st.sampled_from(["a/color eq null", "a/color eq color", "a/labels/$count gt 1", "a/place eq null"]),
    )
)
of_things = joined(
    st.one_of(
        st.tuples(quantifiers, of_addresses).map(lambda p: f"addresses/{p[0]}(a:{p[1]})"),
        st.sampled_from(["home eq work", "home eq null", "home/labels eq work/labels", "home/city eq work/city"]),
    )
)


@pytest.fixture(scope="module", params=FAMILIES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, every_schema) as made:
        yield made


def seen(value: Any) -> Any:
    """A value as the evaluator has it: enumerations by number, collections as tuples, complex values whole."""
    match value:
        case dict():
            members = {name: seen(member) for name, member in value.items()}
            return {"place": None, "street": None, **members} if "city" in value else members
        case list():
            return tuple(map(seen, value))
        case _:
            return COLORS.get(value, value) if isinstance(value, str) else value


def check(service: Service, source: str, rows: list[dict[str, Any]], text: str) -> None:
    for known in ask(service, "GET", f"{source}?$select=id").column("id"):
        assert ask(service, "DELETE", f"{source}({quoted(known) if isinstance(known, str) else known})").status == 204
    entities = [{"id": f"t{number}" if source == "Things" else number, **row} for number, row in enumerate(rows)]
    for entity in entities:
        assert ask(service, "POST", source, entity).status == 201
    target = f"$filter={quote(text)}"
    answer = ask(service, "GET", f"{source}?$select=id&{target}")
    assert answer.status == 200, answer.body
    query = resolve(parse_url(source, target), service.schema)
    assert isinstance(query, Query)
    assert query.options.filter is not None
    judged = [one["id"] for one in entities if Evaluation().value(query.options.filter, seen(one)) is True]
    assert answer.column("id") == judged


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MANIES, of_manies)
def test_collections_of_values(service: Service, rows: list[dict[str, Any]], text: str) -> None:
    check(service, "Manies", rows, text)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(THINGS, of_things)
def test_collections_of_complex_values(service: Service, rows: list[dict[str, Any]], text: str) -> None:
    check(service, "Things", rows, text)
