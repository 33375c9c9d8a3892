from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore, open_store
from odata_service.transfer import LoadReport, LoadStopped, UnreadableFile, load_files, row_files
from tests.asking import ask, store_of
from tests.models import customer_schema, every_schema, partners_schema


@pytest.fixture
def store() -> Iterator[DatabaseStore]:
    with store_of(customer_schema(), Settings()) as made:
        yield made


def loaded(store: DatabaseStore, path: Path, *, atomic: bool = False) -> LoadReport:
    return load_files(store, row_files([path]), atomic=atomic)


def stored(store: DatabaseStore, *names: str) -> list[tuple[object, ...]]:
    service = Service(store.schema, store, Settings())
    return [tuple(entity[name] for name in names) for entity in ask(service, "GET", "Customers").values]


def test_csv_rows_become_entities(store: DatabaseStore, tmp_path: Path) -> None:
    file = tmp_path / "Customers.csv"
    file.write_text(
        'id,displayName,contractType,isDeleted,deletedDateTime\na,"",3,true,2024-01-01T00:00:00+01:00\nb,,,,\n'
    )
    assert loaded(store, file).loaded == 2
    assert stored(store, "id", "displayName", "contractType", "isDeleted", "deletedDateTime") == [
        ("a", "", 3, True, "2023-12-31T23:00:00Z"),
        ("b", None, None, None, None),
    ]


def test_a_bad_row_is_told_with_its_line_and_the_good_ones_are_kept(store: DatabaseStore, tmp_path: Path) -> None:
    file = tmp_path / "Customers.csv"
    file.write_text("id,contractType,deletedDateTime\na,1,\nb,x,\nc,2,2024-01-01T00:00:00\nd,4,\n")
    report = loaded(store, file)
    assert [str(rejected).removeprefix(f"{tmp_path}/") for rejected in report.rejected] == [
        "Customers.csv:3: 'contractType': 'x' is not an Edm.Int32. Write digits, with a sign where it is negative.",
        "Customers.csv:4: 'deletedDateTime': '2024-01-01T00:00:00' is not an Edm.DateTimeOffset. "
        "Write YYYY-MM-DDThh:mm:ssZ, or an offset such as +02:00 for the Z.",
    ]
    assert stored(store, "id") == [("a",), ("d",)]


def test_an_atomic_load_with_a_bad_row_keeps_none(store: DatabaseStore, tmp_path: Path) -> None:
    file = tmp_path / "Customers.csv"
    file.write_text("id,contractType\na,1\nb,x\n")
    report = loaded(store, file, atomic=True)
    assert (report.loaded, report.rolled_back, stored(store, "id")) == (0, True, [])


def test_loading_again_changes_by_key(store: DatabaseStore, tmp_path: Path) -> None:
    file = tmp_path / "Customers.csv"
    file.write_text("id,contractType,domain\na,1,x.example\n")
    loaded(store, file)
    file.write_text("id,contractType\na,2\n")
    loaded(store, file)
    assert stored(store, "id", "contractType", "domain") == [("a", 2, "x.example")]


def test_a_json_row_changes_what_it_states_and_nothing_else(store: DatabaseStore, tmp_path: Path) -> None:
    file = tmp_path / "Customers.json"
    file.write_text('[{"id":"a","displayName":"A","domain":"x.example"},{"id":"b","contractType":2}]')
    assert loaded(store, file).loaded == 2
    file.write_text('{"value":[{"id":"a","displayName":null}]}')
    loaded(store, file)
    assert stored(store, "id", "displayName", "domain", "contractType") == [
        ("a", None, "x.example", None),
        ("b", None, None, 2),
    ]


def test_json_lines_are_told_by_their_line(store: DatabaseStore, tmp_path: Path) -> None:
    file = tmp_path / "Customers.jsonl"
    file.write_text('{"id":"a"}\n\n{"id":"b","contract":1}\n{"displayName":"x"}\n')
    report = loaded(store, file)
    assert [(rejected.line, rejected.reason.partition(".")[0]) for rejected in report.rejected] == [
        (3, "'contract' is no property of 'microsoft"),
        (4, "the key 'id' is missing"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("Custommers.csv", "id\na\n", "Did you mean 'Customers'"),
        ("Customers.csv", "id,displayNme\na,b\n", "Did you mean 'displayName'"),
        ("Customers.csv", "displayName\nb\n", "the key 'id' is missing"),
        ("Customers.csv", "id,id\nb,c\n", "stands twice"),
        ("Customers.csv", 'id\n"b\n', "unexpected end"),
        ("Customers.json", "{", "Expecting"),
        ("Customers.json", "3", "array of objects"),
    ],
)
def test_a_file_that_cannot_be_loaded_says_why(
    store: DatabaseStore, tmp_path: Path, name: str, text: str, complaint: str
) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(LoadStopped, match=complaint):
        loaded(store, file)


def test_a_path_that_is_no_file_of_rows_is_told(tmp_path: Path) -> None:
    (tmp_path / "Customers.txt").write_text("")
    with pytest.raises(UnreadableFile, match="no such file"):
        row_files([Path("nothing.csv")])
    with pytest.raises(UnreadableFile, match="rows are read from"):
        row_files([tmp_path / "Customers.txt"])


@pytest.mark.parametrize(
    ("name", "content", "place", "complaint"),
    [
        ("Customers.csv", b"id\na\nb\xff\n", 3, "the file is not UTF-8."),
        ("Customers.csv", b'id,displayName\na,"x\ny"\nb,"z\n', 4, "unexpected end of data."),
        ("Customers.json", b'[{"id":"a"},{"id":"b"', 2, "Expecting ',' delimiter at column 22."),
        ("Customers.json", b'[{"id":"a"},\n{"id":"b"}}', 3, "Expecting ',' or ']' at line 2, column 11."),
        ("Customers.json", b'[{"id":"a"}] []', 1, "Extra data at column 14."),
        ("Customers.json", b'[{"id":"a"},{"id":"b","id":"c"}]', 2, "The name 'id' stands twice in one object."),
        ("Customers.json", b"[" * 200_000, 1, "the row is nested deeper than 100 levels."),
        ("Customers.json", b'{"value":[{"id":"a"},5]}', 2, "a row is an object."),
        ("Customers.jsonl", b'{"id":"a"}\n\n{"id":"b"', 3, "Expecting ',' delimiter at column 10."),
        ("Customers.jsonl", b'{"id":' + b"[" * 200_000, 1, "the row is nested deeper than 100 levels."),
        ("Customers.jsonl", b'{"id":' + b"[" * 101 + b"]" * 101 + b"}", 1, "the row is nested deeper than 100 levels."),
        ("Customers.jsonl", b'{"id":"a","contractType":' + b"1" * 5_000 + b"}", 1, "is out of every range."),
        ("Customers.jsonl", b'{"id":"\\ud800"}', 1, "'id' holds half a surrogate pair."),
        ("Customers.xlsx", b"PK", 1, "File is not a zip file."),
    ],
)
def test_a_file_that_breaks_off_says_at_which_row(
    store: DatabaseStore, tmp_path: Path, name: str, content: bytes, place: int, complaint: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(LoadStopped) as stopped:
        loaded(store, file)
    assert str(stopped.value).startswith(f"{file}:{place}: ")
    assert complaint in str(stopped.value)


def test_a_cell_may_be_long(store: DatabaseStore, tmp_path: Path) -> None:
    file = tmp_path / "Customers.csv"
    file.write_text(f"id,displayName\na,{'x' * 200_000}\n")
    assert loaded(store, file).rejected == []
    assert stored(store, "displayName") == [("x" * 200_000,)]


def test_every_primitive_type_is_read_from_csv(tmp_path: Path) -> None:
    store = open_store("sqlite://", partners_schema())
    store.create()
    file = tmp_path / "OrderLines.csv"
    file.write_text(
        "orderNumber,product,small,large,unsigned,signed,single,double,price,token,ordered,cutOff,lead,picture,isGift\n"
        "1,x,-5,9007199254740993,255,-128,0.5,1e300,12.5,0f0f0f0f-0000-0000-0000-000000000001,2024-02-29,12:30,PT1H,AQID,true\n"
    )
    assert load_files(store, row_files([file])).rejected == []
    line = ask(Service(store.schema, store), "GET", "OrderLines(orderNumber=1,product='x')").json
    assert {name: line[name] for name in ("small", "large", "price", "ordered", "cutOff", "lead", "picture")} == {
        "small": -5,
        "large": 9007199254740993,
        "price": 12.5,
        "ordered": "2024-02-29",
        "cutOff": "12:30:00",
        "lead": "PT1H",
        "picture": "AQID",
    }
    store.close()


@pytest.fixture
def things() -> Iterator[DatabaseStore]:
    with store_of(every_schema(), Settings()) as made:
        yield made


def thing(store: DatabaseStore, *names: str) -> list[object]:
    entity = ask(Service(store.schema, store, Settings()), "GET", "Things('a')").json
    return [entity.get(name) for name in names]


ADDRESS: dict[str, object] = {"street": None, "city": "Nowhere", "place": None, "color": None, "labels": []}


def test_json_rows_bring_complex_values_collections_and_dynamic_properties(
    things: DatabaseStore, tmp_path: Path
) -> None:
    file = tmp_path / "Things.jsonl"
    file.write_text(
        '{"id":"a","work":{"color":"Blue"},"addresses":[{"street":"S"}],"node":{"next":{"name":"m"}},"color":4,'
        '"shape":{"@odata.type":"#every.Circle","radius":1.10},"anything":{"x":1.10},'
        '"scalar@odata.type":"#Date","scalar":"2024-01-01","free":true}\n'
    )
    assert loaded(things, file).rejected == []
    assert thing(things, "work", "addresses", "color", "scalar@odata.type", "free") == [
        {**ADDRESS, "color": "Blue"},
        [{**ADDRESS, "street": "S"}],
        "Blue",
        "#Date",
        True,
    ]
    assert thing(things, "shape", "anything") == [
        {"@odata.type": "#every.Circle", "name": None, "radius": 1.1},
        {"x": 1.1},
    ]


def test_a_row_that_is_loaded_again_changes_what_it_states(things: DatabaseStore, tmp_path: Path) -> None:
    file = tmp_path / "Things.jsonl"
    file.write_text('{"id":"a","work":{"street":"S"},"home":{"street":"H"}}\n{"id":"a","work":{"color":"Red"}}\n')
    assert loaded(things, file).rejected == []
    assert thing(things, "work", "home") == [{**ADDRESS, "color": "Red"}, {**ADDRESS, "street": "H"}]


def test_cells_of_csv_lead_into_complex_values_or_hold_json(things: DatabaseStore, tmp_path: Path) -> None:
    file = tmp_path / "Things.csv"
    file.write_text(
        "id,work/street,work/place/latitude,work/labels,home/city,shape/@odata.type,shape/radius,node,color\n"
        'a,S,1.5,"[""x""]",,#every.Circle,1.5,"{""name"":""n""}",Blue\n'
    )
    assert loaded(things, file).rejected == []
    work = {**ADDRESS, "street": "S", "place": {"latitude": 1.5, "point": None}, "labels": ["x"]}
    assert thing(things, "work", "home", "color") == [work, None, "Blue"]
    assert thing(things, "shape")[0] == {"@odata.type": "#every.Circle", "name": None, "radius": 1.5}


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ('{"id":"a","work":{"city":5}}', "'work/city': 5 is not an Edm.String"),
        ('{"id":"a","work":{"town":"x"}}', "'town' is not declared in 'every.Address'"),
        ('{"id":"a","work":null}', "'work' must not be null"),
        ('{"id":"a","shape":{"@odata.type":"#every.Circle"}}', "'radius' must have a value"),
        ('{"id":"a","color":"Pink"}', "'Pink' is not a every.Color"),
    ],
)
def test_a_row_whose_values_do_not_fit_is_rejected_with_the_path(
    things: DatabaseStore, tmp_path: Path, rows: str, reason: str
) -> None:
    file = tmp_path / "Things.jsonl"
    file.write_text(rows + "\n")
    (rejected,) = loaded(things, file).rejected
    assert reason in rejected.reason


@pytest.mark.parametrize("header", ["id,work/town", "id,nothing/at/all"])
def test_a_head_of_csv_that_leads_nowhere_is_refused(things: DatabaseStore, tmp_path: Path, header: str) -> None:
    file = tmp_path / "Keyeds.csv" if "nothing" in header else tmp_path / "Things.csv"
    file.write_text(header + "\n1,2\n")
    with pytest.raises(LoadStopped, match="is no property of"):
        loaded(things, file)


def test_a_cell_that_is_no_json_is_told(things: DatabaseStore, tmp_path: Path) -> None:
    file = tmp_path / "Things.csv"
    file.write_text("id,work/street,addresses\na,S,[x\n")
    (rejected,) = loaded(things, file).rejected
    assert rejected.reason == "'[x' is not JSON: Expecting value."


def test_places_are_read_from_geojson_and_from_well_known_text(things: DatabaseStore, tmp_path: Path) -> None:
    lines = tmp_path / "Scalars.jsonl"
    lines.write_text('{"id":1,"point":"POINT(1 2)"}\n{"id":2,"point":{"type":"Point","coordinates":[1,2]}}\n')
    cells = tmp_path / "more" / "Scalars.csv"
    cells.parent.mkdir()
    cells.write_text('id,point\n3,POINT(1 2)\n4,"{""type"":""Point"",""coordinates"":[1,2]}"\n')
    assert [loaded(things, file).rejected for file in (lines, cells)] == [[], []]
    service = Service(things.schema, things, Settings())
    assert ask(service, "GET", "Scalars").column("point") == [{"type": "Point", "coordinates": [1, 2]}] * 4
