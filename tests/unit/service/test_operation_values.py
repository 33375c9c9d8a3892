"""What bodies of operations are given and give back: overloads, entities that are named, values of derived types."""

import math
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

import pytest

from odata_service.service import Call, Entity, Service
from tests.asking import ROOT, ask, service_of
from tests.company import fill as fill_company
from tests.models import company_schema, every_schema, stationery_schema
from tests.servers import FAMILIES
from tests.standing import standing_service
from tests.stationery import fill

Article = Annotated[Entity, "shop.Article"]
Person = Annotated[Entity, "firm.Person"]
Employee = Annotated[Entity, "firm.Employee"]
Thing = Annotated[Entity, "every.Thing"]
Shape = Annotated[Mapping[str, Any], "every.Shape"]
BOX = {"@odata.type": "#every.Box", "name": "b", "width": 3, "extra": 1}


@pytest.fixture
def shop() -> Iterator[Service]:
    """A shop whose operations tell the articles that they are given."""
    with service_of(stationery_schema()) as service:

        def told(call: Call, why: str, one: Article | None, others: list[Article]) -> str:
            found = [
                one["name"] if isinstance(one, Entity) else one and dict(one),
                *(other["name"] for other in others),
            ]
            return f"{why}: {found}"

        service.action("shop.Tell")(told)
        service.function("shop.Told")(told)
        fill(service)
        yield service


@pytest.fixture
def firm() -> Iterator[Service]:
    with service_of(company_schema()) as service:

        @service.function("firm.Rank")
        def rank(call: Call, person: Person, by: str) -> str:
            return f"{person['name']} by {by}"

        @service.function("firm.Rank")
        def rank_of_staff(call: Call, employee: Employee) -> str:
            return f"{employee['name']} by pay"

        fill_company(service)
        yield service


@pytest.fixture
def things() -> Iterator[Service]:
    with service_of(every_schema()) as service:

        @service.function("every.ShapeOf")
        def shape_of(call: Call, thing: Thing) -> Shape:
            found: Mapping[str, Any] = thing["shape"]
            return found

        @service.function("every.ShapesOf")
        def shapes_of(call: Call, thing: Thing) -> list[Shape]:
            found: list[Mapping[str, Any]] = thing["shapes"]
            return found

        @service.action("every.Again")
        def again(call: Call, thing: Thing, id: str) -> Thing:
            return call.create("Things", {**{name: thing[name] for name in ("work", "shape", "shapes")}, "id": id})

        body = {"id": "a", "work": {}, "shape": BOX, "shapes": [BOX, {"@odata.type": "#every.Circle", "radius": 1}]}
        assert ask(service, "POST", "Things", body).status == 201
        yield service


@pytest.mark.parametrize("name", ["@odata.id", "@id"])
def test_an_entity_that_a_parameter_names_by_its_id_is_given(shop: Service, name: str) -> None:
    body = {"why": "x", "one": {name: "Articles(2)"}, "others": [{name: f"{ROOT}Articles(3)"}]}
    assert ask(shop, "POST", "Tell", body).json["value"] == "x: ['ink', 'desk']"
    url = f'Told(why=\'x\',one=@a,others=@b)?@a={{"{name}":"Articles(2)"}}&@b=[{{"{name}":"Articles(1)"}}]'
    assert ask(shop, "GET", url).json["value"] == "x: ['ink', 'pen']"


def test_an_entity_that_a_parameter_states_is_given_as_it_is_stated(shop: Service) -> None:
    body = {"why": "x", "one": {"number": 9, "name": "new"}, "others": []}
    assert ask(shop, "POST", "Tell", body).json["value"] == "x: [{'number': 9, 'name': 'new'}]"
    assert ask(shop, "POST", "Tell", {"why": "x", "one": None, "others": []}).json["value"] == "x: [None]"


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("Articles(77)", "There is no entity 'Articles(77)'. Create it first."),
        ("Groups('a')", "'Groups('a')' is a shop.Group, and a shop.Article is expected here."),
        ("Articles", "'Articles' is no entity. Write Set(…)."),
    ],
)
def test_what_a_parameter_names_is_an_entity_of_its_type(shop: Service, named: str, message: str) -> None:
    body = {"why": "x", "one": None, "others": [{"@odata.id": named}]}
    answer = ask(shop, "POST", "Tell", body)
    assert (answer.refusal, answer.error["target"]) == ((400, message), "others/0")


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("People('bob')/firm.Employee/firm.Rank()", "Bob by pay"),
        ("People('bob')/firm.Employee/firm.Rank(by='age')", "Bob by age"),
        ("People('ann')/Rank(by='age')", "Ann by age"),
        ("People('cy')/firm.Director/Rank(by=@b)?@b='age'", "Cy by age"),
    ],
)
def test_an_overload_of_an_ancestor_is_called_by_its_parameters(firm: Service, target: str, value: str) -> None:
    assert ask(firm, "GET", target).json["value"] == value


def test_an_overload_of_an_ancestor_is_called_in_expressions(firm: Service) -> None:
    options = "$filter=firm.Rank(by='x') eq 'Bob by x' and firm.Rank() eq 'Bob by pay'"
    assert ask(firm, "GET", f"People/firm.Employee?{options}").column("id") == ["bob"]


def test_parameters_that_no_overload_takes_are_refused_with_all_that_are_there(firm: Service) -> None:
    refusal = ask(firm, "GET", "People('bob')/firm.Employee/firm.Rank(for=1)").refusal
    assert refusal == (400, "'firm.Rank' does not take (for). Write Rank() or Rank(by=…).")


def test_values_that_were_read_keep_their_types_where_they_are_given_back(things: Service) -> None:
    assert ask(things, "GET", "Things('a')/ShapeOf()/every.Box/width").json["value"] == 3
    assert [shape["@odata.type"] for shape in ask(things, "GET", "Things('a')/ShapesOf()").values] == [
        "#every.Box",
        "#every.Circle",
    ]
    made = ask(things, "POST", "Things('a')/Again", {"id": "b"})
    assert (made.status, made.json["shape"]) == (201, {**BOX, "radius": None, "color": None})


LOOSE = {
    "anything": {"k": [1, "x", None]},
    "things": ["a", 1.5, None, {"l": [True]}],
    "scalar@odata.type": "#Date",
    "scalar": "2024-01-02",
    "structure": {"@odata.type": "#every.Place", "latitude": 1.5, "point": None},
    "extra": "5",
    "more": [1, {"z": None}],
    "when@odata.type": "#Date",
    "when": "2024-01-01",
    "shapes": [BOX],
}


def test_values_without_a_type_are_what_their_json_shows(things: Service) -> None:
    seen: dict[str, Any] = {}

    @things.before_create("Things")
    def see(call: Call, values: dict[str, Any]) -> None:
        seen.update(values)
        values["anything"] = "text"

    created = ask(things, "POST", "Things", {"id": "l", "work": {}, **LOOSE})
    assert (created.status, created.json["anything"]) == (201, "text")
    assert (seen["anything"], seen["things"]) == (LOOSE["anything"], ("a", Decimal("1.5"), None, {"l": [True]}))
    assert (seen["extra"], seen["more"], seen["shapes"][0]["extra"]) == ("5", [1, {"z": None}], 1)
    assert seen["structure"] == {"@odata.type": "#every.Place", "latitude": 1.5, "point": None}
    assert [(seen[name].value, seen[name].type.name) for name in ("scalar", "when")] == [
        ("2024-01-02", "Edm.Date"),
        ("2024-01-01", "Edm.Date"),
    ]


def test_values_of_all_kinds_are_given_back_as_they_were_read(things: Service) -> None:
    @things.action("every.Kept")
    def kept(call: Call, thing: Thing) -> Thing:
        return call.update(thing, **{name: value for name, value in thing.items() if name != "id"})

    before = ask(things, "PATCH", "Things('a')", LOOSE).json
    after = ask(things, "POST", "Things('a')/Kept").json
    assert {**after, "@odata.etag": ""} == {**before, "@odata.etag": ""}


def test_what_code_makes_of_a_value_without_a_type_is_text_where_it_is_text(things: Service) -> None:
    @things.function("every.Anything")
    def anything(call: Call, thing: Thing) -> Annotated[Any, "Edm.Untyped"]:
        return thing["anything"]

    for value in ("text", "5", 5, [1, None], {"a": 1}):
        assert ask(things, "PUT", "Things('a')/anything", {"value": value}).status == 204
        assert ask(things, "GET", "Things('a')/Anything()").json["value"] == value


@pytest.mark.parametrize("family", FAMILIES)
def test_truth_is_no_number_whatever_the_database(family: str) -> None:
    seen: list[object] = []
    with standing_service(family, every_schema) as service:
        Scalar = Annotated[Entity, "every.Scalar"]

        @service.function("every.IsSo")
        def is_so(call: Call, scalar: Scalar) -> bool | None:
            seen.append(scalar["boolean"])
            found: bool | None = scalar["boolean"]
            return found

        @service.function("every.Same", bound=True)
        def same(call: Call, value: bool) -> bool:
            seen.append(value)
            return value

        @service.action("every.Twin")
        def twin(call: Call, scalar: Scalar, id: Annotated[int, "Edm.Int32"]) -> Scalar:
            return call.create("Scalars", {"id": id, "boolean": scalar["boolean"]})

        for key, value in ((1, True), (2, False)):
            assert ask(service, "POST", "Scalars", {"id": key, "boolean": value}).status == 201
            assert ask(service, "GET", f"Scalars({key})/IsSo()").json["value"] is value
            assert ask(service, "GET", f"Scalars({key})/boolean/every.Same()").json["value"] is value
            assert ask(service, "POST", f"Scalars({key})/Twin", {"id": key + 10}).json["boolean"] is value
        assert ask(service, "GET", "Scalars?$filter=every.IsSo()&$select=id").column("id") == [1, 11]
    assert {type(value) for value in seen} == {bool}


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("1", 1),
        ("1e300", 1e300),
        ("-1.5", -1.5),
        ("true", True),
        ("'a'", "a"),
        ('"b"', "b"),
        ("null", None),
        ('[1e-7,{"a":null}]', [1e-7, {"a": None}]),
    ],
)
def test_a_parameter_without_a_type_takes_any_literal_and_json(things: Service, literal: str, value: object) -> None:
    @things.function("every.Echo")
    def echo(call: Call, given: Annotated[Any, "Edm.Untyped"] | None) -> list[Annotated[Any, "Edm.Untyped"]]:
        return [given]

    assert ask(things, "GET", f"Echo(given=@g)?@g={literal}").json["value"] == [value]


@pytest.mark.parametrize(
    "literal", ["1e999999999", "-1e999999999", "1e-999999999", "9" * 5000, "NaN", "-INF"], ids=lambda text: text[:12]
)
@pytest.mark.parametrize("written", ["{}", "[{}]", '{{"width":{}}}'])
def test_a_number_that_no_type_has_is_no_argument(things: Service, literal: str, written: str) -> None:
    @things.function("every.Echo")
    def echo(call: Call, given: Annotated[Any, "Edm.Untyped"]) -> str:
        return repr(given)

    @things.function("every.Wide")
    def wide(call: Call, given: Shape) -> str:
        return repr(given)

    value = written.format(literal)
    answers = [ask(things, "GET", f"Echo(given=@g)?@g={value}"), ask(things, "GET", f"Wide(given=@g)?@g={value}")]
    assert [answer.status for answer in answers] == [400, 400]


def test_a_hook_changes_inside_of_a_value_of_a_derived_type(things: Service) -> None:
    @things.before_create("Things")
    def rename(call: Call, values: dict[str, Any]) -> None:
        values["shape"]["name"] = "hooked"

    shape = {"@odata.type": "#every.Box", "width": 4}
    made = ask(things, "POST", "Things", {"id": "c", "work": {}, "shape": shape})
    assert (made.status, made.json["shape"]["width"], made.json["shape"]["name"]) == (201, 4, "hooked")


def test_what_an_entity_has_stands_for_aliases_of_queries(things: Service) -> None:
    values = {"id": 1, "binary": "qg", "double": 1e-7, "string": "o'x", "time": "01:02:03.5", "decimal": 1.5}
    assert ask(things, "POST", "Scalars", {**values, "duration": "-PT36H0.5S"}).status == 201

    @things.function("every.Equal")
    def equal(call: Call, name: str) -> int:
        (scalar,) = call.read("Scalars")
        value = timedelta(microseconds=scalar[name] / 10) if name == "duration" else scalar[name]
        return len(call.read("Scalars", f"$filter={name} eq @value", value=value))

    for name in (*values, "duration"):
        assert ask(things, "GET", f"Equal(name='{name}')").json["value"] == 1


def test_queries_of_code_take_values_of_one_kind_that_mean_other_things(things: Service) -> None:
    assert ask(things, "POST", "Scalars", {"id": 1, "double": 0.5, "int64": 2**40}).status == 201
    seen = {}

    @things.function("every.Equal")
    def equal(call: Call, name: str) -> int:
        for value in (1e300, math.nan, math.inf):
            seen[value] = len(call.read("Scalars", "$filter=double le @value", value=value))
        for number in (7, 2**40, 2**31):
            seen[number] = len(call.read("Scalars", "$filter=int64 ge @number", number=number))
        return len(seen)

    assert ask(things, "GET", "Equal(name='x')").json["value"] == 6
    assert list(seen.values()) == [1, 0, 1, 1, 1, 1]


def test_a_decimal_parameter_takes_an_exponent_in_expressions(things: Service) -> None:
    @things.function("every.Least")
    def least(call: Call, value: Decimal) -> bool:
        return value == Decimal("1E-7")

    assert ask(things, "POST", "Scalars", {"id": 1}).status == 201
    assert ask(things, "GET", "Scalars?$filter=every.Least(value=1e-7)").column("id") == [1]
    assert ask(things, "GET", "Scalars?$filter=every.Least(value=@v)&@v=1E-7").column("id") == [1]
    assert ask(things, "GET", "Scalars?$filter=every.Least(value=2e-7)").column("id") == []
    assert ask(things, "GET", "Scalars?$filter=every.Least(value=INF)").status == 400
