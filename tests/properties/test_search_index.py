"""With an index of texts, requests find what they find without one, whoever has written the rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odata_service.definition import load_schema
from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore, open_store
from tests.asking import ask
from tests.laws import examples
from tests.servers import database_url

_MODEL = """<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
  <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="s">
    <EntityType Name="Thing">
      <Key><PropertyRef Name="a"/><PropertyRef Name="b"/></Key>
      <Property Name="a" Type="Edm.Int32" Nullable="false"/>
      <Property Name="b" Type="Edm.Int32" Nullable="false"/>
      <Property Name="rank" Type="Edm.String"/>
      <Property Name="text" Type="Edm.String"/>
    </EntityType>
    <EntityContainer Name="Container"><EntitySet Name="Things" EntityType="s.Thing"/></EntityContainer>
  </Schema>
</edmx:DataServices></edmx:Edmx>
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two services over the same rows: one asks the index, the other reads every row."""

    quick: Service
    slow: Service
    store: DatabaseStore

    def write(self, statement: str, *values: str | int | None) -> None:
        """A write of somebody else, in the driver's own words but for the placeholders."""
        self.store.connection().execute(statement.replace("?", self.store.mapping.family.dialect.placeholder), values)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder: Path = tmp_path_factory.mktemp("search")
    (folder / "model.xml").write_text(_MODEL)
    schema = load_schema(folder / "model.xml")
    with database_url(request.param) as url:
        place = url if request.param != "sqlite" else f"sqlite:///{folder / 'things.db'}"
        stores = [open_store(place, schema, Settings(search_index=indexed)) for indexed in (True, False)]
        for store in stores:
            store.create()
        yield Pair(Service(schema, stores[0]), Service(schema, stores[1]), stores[0])
        for store in stores:
            store.close()


_LETTERS = st.sampled_from(
    "abcABC éÉßẞİıiI\u0307\u212aKkſsΣσς中文字日本語ꞏꞋ𐐀𐐨ᏣꭳႠ😀'*()-+:^%_\\[]{}?\""
) | st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_WORDS = st.text(_LETTERS, max_size=12) | st.sampled_from(
    ["AND", "NOT abc", "NEAR(abc def)", "abc*", "rank:abc", '"abc']
)
_ROWS = st.lists(st.tuples(_WORDS | st.none(), _WORDS | st.none()), min_size=1, max_size=6)


@st.composite
def searches(draw: st.DrawFn) -> tuple[list[tuple[str | None, str | None]], str]:
    """Rows of two texts, and a text to look for, which as a rule is part of one, in other letters."""
    rows = draw(_ROWS)
    known = [text for row in rows for text in row if text]
    if not known or draw(st.integers(0, 4)) == 0:
        return rows, draw(_WORDS)
    text = draw(st.sampled_from(known))
    first = draw(st.integers(0, len(text) - 1))
    part = text[first : first + draw(st.integers(1, 8))]
    return rows, draw(st.sampled_from([part, part.upper(), part.lower(), part.swapcase()]))


def _targets(text: str) -> Iterator[str]:
    literal = quote("'" + text.replace("'", "''") + "'")
    for function in ("contains", "startswith", "endswith"):
        yield f"$filter={function}(text,{literal})"
    yield f"$filter=contains(tolower(text),tolower({literal})) and a ge 0"
    yield f"$filter=contains(text,{literal}) or contains(rank,{literal})"
    yield f"$filter=not contains(text,{literal})"
    yield f"$filter=(contains(tolower(rank),{literal}) or b eq 1) and contains(text,{literal})"
    phrase = text.replace('"', " ").strip()
    if phrase:
        yield f"$search={quote(chr(34) + phrase + chr(34))}"
        yield f"$search=NOT {quote(chr(34) + phrase + chr(34))} OR abc"


def _same(pair: Pair, text: str) -> None:
    for target in _targets(text):
        answers = [ask(service, "GET", f"Things?$count=true&{target}") for service in (pair.quick, pair.slow)]
        assert answers[0].status == answers[1].status, target
        assert answers[0].body == answers[1].body, target


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(found=searches(), changed=_WORDS)
def test_an_index_changes_no_answer(
    pair: Pair, found: tuple[list[tuple[str | None, str | None]], str], changed: str
) -> None:
    rows, wanted = found
    pair.write('DELETE FROM "Things"')
    for number, (rank, text) in enumerate(rows):
        pair.write('INSERT INTO "Things" ("a", "b", "rank", "text") VALUES (?, ?, ?, ?)', number, 1, rank, text)
    _same(pair, wanted)
    pair.write('UPDATE "Things" SET "text" = ?, "b" = 2 WHERE "a" = 0', changed)
    pair.write('DELETE FROM "Things" WHERE "a" = 1')
    _same(pair, wanted)
    _same(pair, changed)


def test_characters_that_end_texts_elsewhere_end_none_here(pair: Pair) -> None:
    if pair.store.mapping.family.name != "sqlite":
        pytest.skip("the server takes no such character")
    pair.write('DELETE FROM "Things"')
    pair.write('INSERT INTO "Things" ("a", "b", "text") VALUES (1, 1, ?)', "before\0behind")
    assert ask(pair.quick, "GET", "Things?$search=BEHIND").column("a") == [1]
    assert ask(pair.quick, "GET", "Things?$filter=contains(text,'behind')").column("a") == [1]
    assert ask(pair.quick, "GET", "Things?$filter=contains(text,'e%00b')").column("a") == [1]
