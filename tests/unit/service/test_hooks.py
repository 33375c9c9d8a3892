"""Hooks around reads and writes, whichever way an entity is written, on each database."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from odata_service import Call, Conflict, Entity, Forbidden
from odata_service.service import Service
from tests.asking import Answer, ask, service_of
from tests.company import fill as fill_company
from tests.conformance.rows import fill
from tests.models import company_schema, computed_invoices_schema, shop_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

V401 = {"odata_version": "4.01"}
WRITES = ("before_create", "after_create", "before_update", "after_update", "before_delete", "after_delete")
Seen = list[tuple[str, Any]]


@pytest.fixture(params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, shop_schema) as service:
        fill(service)
        yield service


@pytest.fixture
def firm() -> Iterator[Service]:
    with service_of(company_schema()) as service:
        fill_company(service)
        yield service


def watched(service: Service, source: str, key: str) -> Seen:
    """What happens to the entities of a source from now on: the moments, with the entities' keys."""
    seen: Seen = []

    def noting(moment: str) -> Callable[..., None]:
        def note(call: Call, entity: Any, *_: object) -> None:
            seen.append((moment, entity.get(key)))

        return note

    for moment in WRITES:
        getattr(service, moment)(source)(noting(moment))
    return seen


def created(*keys: Any) -> Seen:
    return [(moment, key) for key in keys for moment in ("before_create", "after_create")]


def updated(*keys: Any) -> Seen:
    return [(moment, key) for key in keys for moment in ("before_update", "after_update")]


def deleted(*keys: Any) -> Seen:
    return [(moment, key) for key in keys for moment in ("before_delete", "after_delete")]


NEW = {"number": 50, "title": "new"}
DELTA = {
    "@context": "#$delta",
    "value": [NEW, {"number": 1, "title": "x"}, {"@removed": {"reason": "deleted"}, "number": 2}],
}


@pytest.mark.parametrize(
    ("method", "target", "body", "expected"),
    [
        ("POST", "Orders", NEW, created(50)),
        ("PATCH", "Orders(50)", {"title": "new"}, created(50)),
        ("PUT", "Orders(50)", {"title": "new"}, created(50)),
        ("POST", "Customers('d')/orders", NEW, created(50)),
        ("PATCH", "Customers('d')/orders(50)", {"title": "new"}, created(50)),
        ("POST", "Customers", {"id": "new", "orders": [NEW]}, created(50)),
        ("PATCH", "Customers('d')", {"orders": [NEW, {"number": 5, "title": "x"}]}, [*created(50), *updated(5)]),
        ("PATCH", "Customers('d')", {"orders@odata.bind": ["Orders(5)"]}, updated(5)),
        ("PATCH", "Orders(1)", {"title": "x"}, updated(1)),
        ("PUT", "Orders(1)", {"title": "x"}, updated(1)),
        ("PATCH", "Customers('a')/orders(1)", {"title": "x"}, updated(1)),
        ("PUT", "Orders(1)/title", {"value": "x"}, updated(1)),
        ("PUT", "Orders(1)/title/$value", b"x", updated(1)),
        ("DELETE", "Orders(1)/title", None, updated(1)),
        ("PUT", "Orders(1)/customer/$ref", {"@odata.id": "Customers('d')"}, updated(1)),
        ("DELETE", "Orders(1)/customer/$ref", None, updated(1)),
        ("POST", "Customers('d')/orders/$ref", {"@odata.id": "Orders(5)"}, updated(5)),
        ("DELETE", "Customers('a')/orders(2)/$ref", None, updated(2)),
        ("DELETE", "Orders(1)", None, deleted(1)),
        ("DELETE", "Customers('b')/orders(4)", None, deleted(4)),
        ("DELETE", "Orders/$filter(number le 2)/$each", None, deleted(1, 2)),
        ("PATCH", "Orders/$filter(number le 2)/$each", {"title": "x"}, updated(1, 2)),
        ("PATCH", "Orders", DELTA, [*created(50), *updated(1), *deleted(2)]),
        ("PATCH", "Orders(99)/title", {"value": "x"}, []),
        ("DELETE", "Orders(99)", None, []),
    ],
)
def test_hooks_run_whichever_way_an_entity_is_written(
    shop: Service, method: str, target: str, body: object, expected: Seen
) -> None:
    seen = watched(shop, "Orders", "number")
    headers = {"content_type": "text/plain"} if isinstance(body, bytes) else {}
    answer = ask(shop, method, target, body, **V401, **headers)
    assert (answer.status < 300) == bool(expected), answer.body
    shown = [(moment, 50 if key is None else key) for moment, key in seen]
    assert shown == expected


def test_hooks_run_for_the_parts_of_a_batch(shop: Service) -> None:
    seen = watched(shop, "Orders", "number")
    requests = [
        {"id": "1", "method": "POST", "url": "Orders", "body": NEW},
        {"id": "2", "method": "DELETE", "url": "Orders(1)"},
    ]
    assert ask(shop, "POST", "$batch", {"requests": requests}).status == 200
    assert seen == [*created(50), *deleted(1)]


def test_a_hook_before_a_create_changes_what_is_stated_and_is_checked_as_a_body(shop: Service) -> None:
    @shop.before_create("Customers")
    def complete(call: Call, values: dict[str, Any]) -> None:
        values["displayName"] = values["displayName"].strip().title()
        values["address"]["city"] = values["address"]["city"].upper()
        values["rank"] = "gold"
        values.pop("contractType")

    body = {"id": "n", "displayName": " new one ", "contractType": 3, "address": {"city": "Bonn"}, "tags": ["x"]}
    made = ask(shop, "POST", "Customers", body).json
    assert (made["displayName"], made["rank"], made["contractType"]) == ("New One", "gold", None)
    assert (made["address"]["city"], made["address"]["country"], made["tags"]) == ("BONN", "DE", ["x"])


def test_a_hook_before_an_update_sees_what_is_and_what_is_to_be(shop: Service) -> None:
    @shop.before_update("Customers")
    def keep(call: Call, customer: Entity, values: dict[str, Any]) -> None:
        if values.get("contractType") is not None and values["contractType"] < customer["contractType"]:
            raise Conflict("A contract never shrinks.", target="contractType", hint="Write a greater one.")
        values["rate"] = 2.5

    assert ask(shop, "PATCH", "Customers('b')", {"contractType": 1}).error == {
        "code": "Conflict",
        "message": "A contract never shrinks. Write a greater one.",
        "target": "contractType",
    }
    changed = ask(shop, "PATCH", "Customers('b')", {"contractType": 3}).json
    assert (changed["contractType"], changed["rate"], changed["displayName"]) == (3, 2.5, "Beta%")
    assert ask(shop, "PUT", "Customers('b')/displayName", {"value": "B"}).status == 204
    replaced = ask(shop, "PUT", "Customers('a')", {"displayName": "A"}).json
    assert (replaced["displayName"], replaced["rate"], replaced["contractType"]) == ("A", 2.5, None)


def test_what_a_hook_behind_a_write_does_is_part_of_it_and_of_its_answer(shop: Service) -> None:
    @shop.after_create("Orders")
    def note(call: Call, order: Entity) -> None:
        call.update(order, title=f"{order['title']} no. {order['number']}")
        call.create("Customers", {"id": f"for {order['number']}"})

    assert ask(shop, "POST", "Orders", NEW).json["title"] == "new no. 50"
    assert ask(shop, "GET", "Customers('for 50')").status == 200


@pytest.mark.parametrize("moment", WRITES)
def test_an_error_of_a_hook_is_the_answer_and_leaves_everything_as_it_was(shop: Service, moment: str) -> None:
    before = ask(shop, "GET", "Orders").values

    @getattr(shop, moment)("Orders")  # type: ignore[untyped-decorator]  # by name
    def refuse(call: Call, order: object, *_: object) -> None:
        call.create("Customers", {"id": "left"})
        raise Forbidden("Not on Sundays.")

    kind = moment.partition("_")[2]
    method, target = {"create": ("POST", "Orders"), "update": ("PATCH", "Orders(1)")}.get(kind, ("DELETE", "Orders(1)"))
    assert ask(shop, method, target, NEW if method != "DELETE" else None).refusal == (403, "Not on Sundays.")
    assert ask(shop, "GET", "Orders").values == before
    assert ask(shop, "GET", "Customers('left')").status == 404


def test_a_failure_inside_a_body_tells_where(shop: Service) -> None:
    @shop.before_create("Orders")
    def refuse(call: Call, values: dict[str, Any]) -> None:
        raise Conflict("There are too many.", target="number")

    answer = ask(shop, "POST", "Customers", {"id": "n", "orders": [NEW]})
    assert (answer.status, answer.error["target"]) == (409, "orders/0/number")


def test_any_other_exception_is_a_fault_of_the_service_and_undoes_everything(
    shop: Service, caplog: pytest.LogCaptureFixture
) -> None:
    @shop.after_update("Orders")
    def fail(call: Call, order: Entity) -> None:
        raise KeyError("secret")

    answer = ask(shop, "PATCH", "Orders(1)", {"title": "x"})
    assert (answer.status, b"secret" in answer.body) == (500, False)
    assert "request test failed" in caplog.text
    assert ask(shop, "GET", "Orders(1)").json["title"] == "red bike"


def test_what_a_hook_sets_wrongly_is_its_own_fault(shop: Service) -> None:
    @shop.before_create("Orders")
    def misspell(call: Call, values: dict[str, Any]) -> None:
        values["titel"] = "x"

    assert ask(shop, "POST", "Orders", NEW).status == 500


def test_hooks_run_in_the_order_of_their_registration(shop: Service) -> None:
    for letter in "abc":

        @shop.before_create("Orders")
        def append(call: Call, values: dict[str, Any], letter: str = letter) -> None:
            values["title"] += letter

    assert ask(shop, "POST", "Orders", NEW).json["title"] == "newabc"


def test_what_operations_write_runs_hooks_too(shop: Service) -> None:
    seen = watched(shop, "Customers", "id")

    @shop.action("shop.archive")
    def archive(call: Call, customer: Entity) -> None:
        call.update(customer, isDeleted=True)

    assert ask(shop, "POST", "Customers('a')/archive").status == 204
    assert seen == updated("a")


def test_a_hook_knows_the_request(shop: Service) -> None:
    @shop.before_update("Orders")
    def sign(call: Call, order: Entity, values: dict[str, Any]) -> None:
        values["title"] = call.request.headers["x-user"]

    assert ask(shop, "PATCH", "Orders(1)", {}, x_user="ann").json["title"] == "ann"


def test_reads_are_told_of_whatever_shows_or_counts_entities(shop: Service) -> None:
    asked: list[int] = []
    seen: list[list[int]] = []

    @shop.before_read("Orders")
    def before(call: Call) -> None:
        asked.append(1)

    @shop.after_read("Orders")
    def after(call: Call, orders: list[Entity]) -> None:
        seen.append(sorted(int(str(order.key[0])) for order in orders))

    targets = (
        "Orders?$filter=number lt 3",
        "Orders(1)/title",
        "Customers?$expand=orders($select=title)",
        "Customers?$filter=id eq 'a'&$expand=manager($expand=orders)",
        "Orders/$count",
        "$crossjoin(Orders,Photos)?$expand=Orders",
        "Customers",
        "Orders(99)",
        "$all/shop.Order?$top=2",
    )
    found = []
    for target in targets:
        asked.clear()
        seen.clear()
        ask(shop, "GET", target)
        found.append((len(asked), [*seen]))
    assert found == [
        (1, [[1, 2]]),
        (1, [[1]]),
        (1, [[1, 2, 3, 4]]),
        (1, []),
        (1, []),
        (1, [[1, 2, 3, 4, 5]]),
        (0, []),
        (1, []),
        (1, [[1, 2]]),
    ]


def test_a_read_is_refused_by_a_hook_and_may_be_written_down(shop: Service) -> None:
    @shop.after_read("Orders")
    def write_down(call: Call, orders: list[Entity]) -> None:
        if call.request.headers.get("x-user") is None:
            raise Forbidden("Say who you are.")
        call.create("Customers", {"id": f"{call.request.headers['x-user']} read {len(orders)}"})

    assert ask(shop, "GET", "Orders").status == 403
    assert ask(shop, "GET", "Orders", x_user="ann").status == 200
    assert ask(shop, "GET", "Customers('ann read 5')").status == 200


def test_singletons_contained_entities_streams_and_links_have_hooks(firm: Service) -> None:
    people, notes = watched(firm, "People", "id"), watched(firm, "firm.Person/notes", "number")
    settings, scans = watched(firm, "Settings", "theme"), watched(firm, "Scans", "number")
    asked: list[Answer] = [
        ask(firm, "POST", "People('di')/notes", {"number": 7, "text": "x"}),
        ask(firm, "PATCH", "People('di')/notes(7)", {"text": "y"}),
        ask(firm, "DELETE", "People('di')/notes(7)"),
        ask(firm, "PATCH", "Settings", {"theme": "dark"}),
        ask(firm, "PUT", "People('ann')/portrait", b"\x89PNG", content_type="image/png"),
        ask(firm, "DELETE", "People('ann')/portrait"),
        ask(firm, "PUT", "People('ann')/friend/$ref", {"@odata.id": "People('di')"}),
        ask(firm, "PUT", "People('bob')/firm.Employee/manager/$ref", {"@odata.id": "People('cy')"}),
        ask(firm, "POST", "Scans", {"number": 1}),
        ask(firm, "PUT", "Scans(1)/$value", b"text", content_type="text/plain"),
    ]
    assert [answer.status for answer in asked] == [201, 200, 204, 200, 204, 204, 204, 204, 201, 204]
    assert notes == [*created(7), *updated(7), *deleted(7)]
    assert settings == [("before_update", "light"), ("after_update", "dark")]
    around = [("before_update", "bob"), ("before_update", "cy"), ("after_update", "cy"), ("after_update", "bob")]
    assert people == [*updated("ann", "ann", "ann"), *around]
    assert scans == [*created(1), *updated(1)]


def test_what_an_entity_contains_has_hooks_when_it_ends_with_it(firm: Service) -> None:
    people, notes = watched(firm, "People", "id"), watched(firm, "firm.Person/notes", "text")
    replies = watched(firm, "firm.Note/replies", "text")
    assert ask(firm, "DELETE", "People('bob')").status == 204
    assert people == deleted("bob")
    assert (notes, replies) == (deleted("bob 1"), deleted("yes"))
    assert ask(firm, "DELETE", "People('ann')").status == 204
    assert notes[2:] == [(moment, text) for moment in ("before_delete", "after_delete") for text in ("ann 1", "ann 2")]


def test_what_ends_as_on_delete_says_has_hooks() -> None:
    with service_of(computed_invoices_schema()) as service:
        body = {"id": "a", "orders": [{"number": 1}, {"number": 2}]}
        assert ask(service, "POST", "Customers", body).status == 201
        orders = watched(service, "Orders", "number")

        @service.before_delete("Orders")
        def keep(call: Call, order: Entity) -> None:
            if order["quantity"]:
                raise Conflict("It is to be sent.")

        ask(service, "PATCH", "Orders(2)", {"quantity": 1})
        assert ask(service, "DELETE", "Customers('a')").error["message"] == "It is to be sent."
        ask(service, "PATCH", "Orders(2)", {"quantity": 0})
        orders.clear()
        assert ask(service, "DELETE", "Customers('a')").status == 204
        assert orders == [(moment, key) for moment in ("before_delete", "after_delete") for key in (1, 2)]
        assert ask(service, "GET", "Orders/$count").body == b"0"


def test_what_a_hook_has_ended_before_is_not_ended_again(firm: Service) -> None:
    notes = watched(firm, "firm.Person/notes", "text")

    @firm.before_delete("People")
    def clear(call: Call, person: Entity) -> None:
        first, *_ = call.related(person, "notes").read("$orderby=number")
        call.delete(first)

    assert ask(firm, "DELETE", "People('ann')").status == 204
    assert notes == [*deleted("ann 1"), *deleted("ann 2")]


def test_hooks_write_what_entities_contain(firm: Service) -> None:
    @firm.after_update("firm.Person/notes")
    def answer(call: Call, note: Entity) -> None:
        made = call.create(call.related(note, "replies"), {"number": 9, "text": f"about {note['text']}"})
        call.update(note, text=f"{note['text']}, see {made['number']}")
        for reply in call.related(note, "replies").read("$filter=number eq 1"):
            call.delete(reply)

    assert ask(firm, "PATCH", "People('bob')/notes(1)", {"text": "new"}).json["text"] == "new, see 9"
    assert ask(firm, "GET", "People('bob')/notes(1)/replies").column("text") == ["about new"]


def test_code_is_told_what_leads_nowhere(firm: Service) -> None:
    said: list[str] = []

    @firm.after_update("People")
    def wrong(call: Call, person: Entity) -> None:
        with pytest.raises(ValueError, match="leads nowhere") as caught:
            call.related(person, "note")
        said.append(str(caught.value))
        with pytest.raises(ValueError, match="Create it by") as caught:
            call.create(call.related(person, "friend"), {"id": "x"})
        said.append(str(caught.value))

    assert ask(firm, "PATCH", "People('ann')", {"name": "x"}).status == 200
    assert said == [
        "'firm.Person' leads nowhere by 'note'. Did you mean 'notes'?",
        "Create it by the name of its set, 'People': no entity contains it.",
    ]


def test_a_hook_that_a_link_runs_may_set_properties(firm: Service) -> None:
    @firm.before_update("People")
    def sign(call: Call, person: Entity, values: dict[str, Any]) -> None:
        values["name"] = "touched"

    assert ask(firm, "PUT", "People('ann')/friend/$ref", {"@odata.id": "People('di')"}).status == 204
    assert ask(firm, "GET", "People?$select=name").column("name") == ["touched", "Bob", "Cy", "Di"]
    assert ask(firm, "GET", "People('ann')/friend").json["id"] == "di"


def test_an_unknown_set_is_refused_with_the_nearest_name(shop: Service) -> None:
    with pytest.raises(ValueError, match=r"There is no entity set 'Custmers'. Did you mean 'Customers'\?"):
        shop.before_create("Custmers")


def test_a_hook_that_cannot_be_called_is_refused(shop: Service) -> None:
    with pytest.raises(ValueError, match=r"A hook of before_update takes \(call, entity, values\)"):
        shop.before_update("Orders")(lambda call, entity: None)


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("People('ann')/notes", ["ann 1", "ann 2"]),
        ("People('ann')/notes(2)?$select=text", ["ann 2"]),
        ("People('ann')/notes/$filter(number eq 2)", ["ann 2"]),
        ("People?$expand=notes($select=text;$orderby=number)", ["ann 1", "ann 2", "bob 1"]),
        ("People('bob')/notes(1)/author?$expand=notes", ["bob 1"]),
        ("Projects?$expand=owner($expand=notes)", ["ann 1", "ann 2"]),
        ("Settings?$expand=pinned", ["pinned"]),
    ],
)
def test_contained_entities_that_are_read_say_where_they_are(firm: Service, target: str, told: list[str]) -> None:
    assert ask(firm, "POST", "Projects", {"code": "p", "owner@odata.bind": "People('ann')"}).status == 201
    assert ask(firm, "POST", "Settings/pinned", {"number": 1, "text": "pinned"}).status == 201
    seen: list[str] = []

    def look(call: Call, notes: list[Entity]) -> None:
        for note in notes:
            call.update(note, text=f"{note['text']}, read")
            seen.append(note["text"])

    for source in ("firm.Person/notes", "firm.Settings/pinned"):
        firm.after_read(source)(look)
    assert ask(firm, "GET", target).status == 200
    assert seen == told
    notes = ask(firm, "GET", "People?$expand=notes($filter=endswith(text,', read'))").values
    found = [note["text"] for person in notes for note in person["notes"]]
    assert found == [f"{text}, read" for text in told if text != "pinned"]
