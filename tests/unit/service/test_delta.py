"""Delta links: what they hold, what they give, and where they end (Protocol 11.3, JSON Format 15)."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from time import monotonic, sleep
from typing import Any

import pytest

from odata_service.definition import load_schema
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import EntitySet, EntityType, Schema
from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore, open_store
from odata_service.storage.migrate import migrate
from tests.asking import ROOT, Answer, ask, service_of
from tests.migrating import Kind, a, items, schema_of
from tests.models import shop_schema
from tests.servers import FAMILIES, database_url

TRACKED = Settings(track_changes=True)


@pytest.fixture(params=FAMILIES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """Five items of sizes 0 to 4, whose changes are written down."""
    with database_url(request.param) as url, service_of(items(a("name"), a("size", "Int32")), TRACKED, url) as made:
        fill(made)
        yield made


@pytest.fixture
def local() -> Iterator[Service]:
    """The same items in SQLite."""
    with service_of(items(a("name"), a("size", "Int32")), TRACKED) as made:
        fill(made)
        yield made


def fill(service: Service) -> None:
    for number in range(5):
        assert ask(service, "POST", "Items", {"id": f"k{number}", "name": "n", "size": number}).status == 201


def follow(service: Service, answer: Answer, kind: str = "deltaLink", **headers: str) -> Answer:
    """The answer behind a link of another."""
    link: str = answer.json[f"@odata.{kind}"]
    return ask(service, "GET", link.removeprefix(ROOT), **headers)


def tracked(service: Service, target: str, **headers: str) -> Answer:
    """A collection that was read whole, with its delta link."""
    answer = ask(service, "GET", target, prefer="track-changes", **headers)
    assert answer.headers["Preference-Applied"] == "track-changes"
    return answer


def change(service: Service) -> None:
    """One entity is changed, one leaves those greater than 0, one is deleted, one is added."""
    assert ask(service, "PATCH", "Items('k1')", {"name": "x"}).status == 200
    assert ask(service, "PATCH", "Items('k2')", {"size": 0}).status == 200
    assert ask(service, "DELETE", "Items('k3')").status == 204
    assert ask(service, "POST", "Items", {"id": "k9", "size": 7}).status == 201


def plain(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Items without their ETags."""
    return [{name: value for name, value in item.items() if name != "@odata.etag"} for item in values]


def test_a_delta_link_gives_what_has_changed_as_it_is_now(service: Service) -> None:
    first = tracked(service, "Items?$filter=size gt 0&$select=name")
    assert "@odata.nextLink" not in first.json
    change(service)
    found = follow(service, first)
    assert found.json["@odata.context"] == f"{ROOT}$metadata#Items(name)/$delta"
    removed = {"@odata.context": f"{ROOT}$metadata#Items/$deletedEntity"}
    assert plain(found.values) == [
        {"@odata.id": f"{ROOT}Items('k1')", "name": "x"},
        {**removed, "id": "Items('k2')", "reason": "changed"},
        {**removed, "id": "Items('k3')", "reason": "deleted"},
        {"@odata.id": f"{ROOT}Items('k9')", "name": None},
    ]
    assert found.values[0]["@odata.etag"] == ask(service, "GET", "Items('k1')").headers["ETag"]
    assert follow(service, found).values == []


def test_4_01_tells_removed_entities_by_an_annotation(service: Service) -> None:
    first = tracked(service, "Items?$filter=size gt 0")
    change(service)
    found = follow(service, first, odata_maxversion="4.01").values
    assert found[1:3] == [
        {"@removed": {"reason": "changed"}, "@id": "Items('k2')"},
        {"@removed": {"reason": "deleted"}, "@id": "Items('k3')"},
    ]


def test_the_delta_link_stands_on_the_last_page_and_knows_of_what_changed_between_pages(service: Service) -> None:
    first = ask(service, "GET", "Items", prefer="odata.track-changes,maxpagesize=3")
    assert first.headers["Preference-Applied"] == "maxpagesize=3, odata.track-changes"
    assert "@odata.deltaLink" not in first.json
    assert ask(service, "PATCH", "Items('k0')", {"name": "between"}).status == 200
    last = follow(service, first, "nextLink")
    assert last.column("id") == ["k3", "k4"] and "@odata.nextLink" not in last.json
    assert follow(service, last).column("name") == ["between"]


def test_changes_come_in_pages_each_entity_once(service: Service) -> None:
    first = tracked(service, "Items?$count=true&$orderby=size desc&$top=5")
    change(service)
    page = follow(service, first, prefer="maxpagesize=3")
    ids = [item.get("id") for item in page.values]
    assert ask(service, "PATCH", "Items('k1')", {"name": "later"}).status == 200
    last = follow(service, page, "nextLink", prefer="maxpagesize=3")
    ids += [item.get("id") for item in last.values]
    assert ids == ["k1", "k2", "Items('k3')", "k9"]
    assert follow(service, last).column("name") == ["later"]


def test_a_client_may_count_changes(service: Service) -> None:
    first = tracked(service, "Items?$filter=size gt 0")
    change(service)
    link = first.json["@odata.deltaLink"].removeprefix(ROOT)
    assert ask(service, "GET", f"{link}&$count=true").json["@odata.count"] == 4
    assert ask(service, "HEAD", link).status == 200


def test_latest_gives_nothing_but_a_delta_link(service: Service) -> None:
    latest = ask(service, "GET", "Items?$filter=size gt 0&$deltatoken=latest")
    assert latest.values == []
    change(service)
    assert len(follow(service, latest).values) == 4


def test_a_segment_asks_for_a_delta_link(service: Service) -> None:
    first = ask(service, "GET", "Items/$filter(size gt 2)/$delta?$select=id", prefer="maxpagesize=1")
    assert (first.column("id"), first.headers["Preference-Applied"]) == (["k3"], "maxpagesize=1")
    last = follow(service, first, "nextLink")
    assert (last.column("id"), last.json["@odata.context"]) == (["k4"], f"{ROOT}$metadata#Items(id)")
    change(service)
    found = follow(service, last)
    told = [(item["id"], item.get("reason")) for item in found.values if item["id"] in {"k9", "Items('k3')"}]
    assert told == [("Items('k3')", "deleted"), ("k9", None)]
    assert follow(service, found).values == []
    assert ask(service, "GET", "Items/$delta/$count").status == 404


def test_a_segment_is_refused_where_no_changes_are_told(local: Service) -> None:
    answer = ask(local, "GET", "Items/$delta?$apply=aggregate($count as n)")
    assert (answer.status, answer.error["target"]) == (501, "$deltatoken")
    assert ask(local, "GET", "Nothing/$delta").status == 404


def test_what_others_write_into_the_table_is_told(service: Service) -> None:
    first = tracked(service, "Items?$select=id,size")
    store = service.store
    assert isinstance(store, DatabaseStore)
    quoted = store.mapping.family.dialect.quoted
    table, key = quoted("Items"), quoted("id")
    for statement in (
        f"INSERT INTO {table} ({key}, {quoted('size')}) VALUES ('sql', 5)",
        f"UPDATE {table} SET {quoted('size')} = 9 WHERE {key} = 'k1'",
        f"UPDATE {table} SET {key} = 'moved' WHERE {key} = 'k2'",
        f"DELETE FROM {table} WHERE {key} = 'k3'",
    ):
        store.connection().execute(statement)
    found = follow(service, first).values
    assert [(item["id"], item.get("size"), item.get("reason")) for item in found] == [
        ("k1", 9, None),
        ("Items('k2')", None, "deleted"),
        ("Items('k3')", None, "deleted"),
        ("moved", 2, None),
        ("sql", 5, None),
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_keys_of_every_type_are_told(family: str) -> None:
    kinds = ("Int64", "Guid", "Date", "DateTimeOffset", "Decimal", "Duration", "Boolean", "TimeOfDay", "String")
    values = (
        2**60,
        "6f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "2026-02-03",
        "2026-02-03T04:05:06.5Z",
        1.5,
        "PT1.5S",
        True,
    )
    key = [f"p{number}" for number in range(len(kinds))]
    properties = [
        a(f"{name}!", kind, precision=10, scale=2) if kind == "Decimal" else a(f"{name}!", kind)
        for name, kind in zip(key, kinds, strict=True)
    ]
    schema = schema_of(Kind("Items", properties, key))
    row = dict(zip(key, (*values, "07:08:09", "ü'/"), strict=True))
    with database_url(family) as url, service_of(schema, TRACKED, url) as service:
        first = tracked(service, "Items")
        for number in range(3):
            assert ask(service, "POST", "Items", {**row, "p0": number}).status == 201
        page = follow(service, first, prefer="maxpagesize=2")
        last = follow(service, page, "nextLink", prefer="maxpagesize=2")
        assert [item["p0"] for item in (*page.values, *last.values)] == [0, 1, 2]
        made = ask(service, "GET", "Items").values
        for item in made:
            edit = next(part for part in page.values + last.values if part["p0"] == item["p0"])["@odata.id"]
            assert ask(service, "DELETE", edit.removeprefix(ROOT)).status == 204
        assert [item["reason"] for item in follow(service, last).values] == ["deleted"] * 3


@pytest.mark.parametrize("family", ["postgresql", "mariadb"])
def test_what_is_committed_late_is_not_lost(family: str) -> None:
    """Two writers: the one that wrote first ends last, and a delta link is given out between."""
    schema = items(a("name"))
    with database_url(family) as url, service_of(schema, TRACKED, url) as service:
        written, ended = Barrier(2), Barrier(2)

        def slow() -> None:
            with closing(open_store(url, schema, TRACKED)) as store, store.transaction():
                store.connection().execute(insert("slow", store))
                written.wait(30)
                if family == "postgresql":
                    ended.wait(30)

        thread = Thread(target=slow)
        thread.start()
        written.wait(30)
        assert ask(service, "POST", "Items", {"id": "quick"}).status == 201
        first = tracked(service, "Items")
        if family == "postgresql":
            assert first.column("id") == ["quick"]
            ended.wait(30)
        thread.join()
        known = {*first.column("id"), *(item["id"] for item in follow(service, first).values)}
        assert known == {"quick", "slow"}


def test_writers_do_not_wait_for_each_other_in_mariadb() -> None:
    schema = items(a("name"))
    with database_url("mariadb") as url, service_of(schema, TRACKED, url) as service:
        with closing(open_store(url, schema, TRACKED)) as store, store.transaction():
            store.connection().execute(insert("slow", store))
            service.store.connection().execute("SET innodb_lock_wait_timeout = 1")  # type: ignore[attr-defined]  # a database store
            assert ask(service, "POST", "Items", {"id": "quick"}).status == 201
        assert ask(service, "GET", "Items").column("id") == ["quick", "slow"]


def insert(key: str, store: DatabaseStore) -> str:
    quoted = store.mapping.family.dialect.quoted
    return f"INSERT INTO {quoted('Items')} ({quoted('id')}) VALUES ('{key}')"


@pytest.mark.parametrize("family", FAMILIES)
def test_many_writers_and_a_reader_lose_nothing(family: str, tmp_path: Path) -> None:
    schema = items(a("name"))
    with database_url(family) as made:
        url = f"sqlite:///{tmp_path / 'x.db'}" if family == "sqlite" else made
        with service_of(schema, TRACKED, url) as service:
            answer = tracked(service, "Items")
            known: set[str] = set()

            def write(name: int) -> None:
                store = open_store(url, schema, TRACKED)
                own = Service(schema, store, TRACKED)
                for number in range(20):
                    assert ask(own, "POST", "Items", {"id": f"{name}-{number}"}).status == 201
                store.close()

            threads = [Thread(target=write, args=(name,)) for name in range(4)]
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                answer = follow(service, answer)
                known |= {item["id"] for item in answer.values}
            known |= {item["id"] for item in follow(service, answer).values}
            assert known == {f"{name}-{number}" for name in range(4) for number in range(20)}


def test_it_lives_through_a_restart(tmp_path: Path) -> None:
    url, schema = f"sqlite:///{tmp_path / 'x.db'}", items(a("name"), a("size", "Int32"))
    with service_of(schema, TRACKED, url) as service:
        fill(service)
        first = tracked(service, "Items?$filter=size gt 0")
    with service_of(schema, Settings(), url) as service:
        change(service)
    with service_of(schema, TRACKED, url) as service:
        assert len(follow(service, first).values) == 4


def test_a_link_older_than_what_is_kept_says_where_to_begin_anew(service: Service) -> None:
    first = tracked(service, "Items?$filter=size gt 0&$top=2")
    change(service)
    store = service.store
    assert isinstance(store, DatabaseStore)
    quoted = store.mapping.family.dialect.quoted
    name = next(iter(store.driver.change_logs(store.connection())))
    store.connection().execute(f"UPDATE {quoted(name)} SET {quoted('odata-at')} = 1")
    with closing(open_store_like(service)) as other:
        gone = follow(Service(service.schema, other, TRACKED), first)
        assert gone.status == 410
        assert gone.error["code"] == "Gone"
        assert gone.headers["Location"] == f"{ROOT}Items?$filter=size gt 0"
        again = tracked(Service(service.schema, other, TRACKED), gone.headers["Location"].removeprefix(ROOT))
        assert ask(service, "DELETE", "Items('k4')").status == 204
        assert [item["id"] for item in follow(service, again).values] == ["Items('k4')"]


def open_store_like(service: Service) -> DatabaseStore:
    """Another store over the same connections, as after a restart."""
    store = service.store
    assert isinstance(store, DatabaseStore)
    return DatabaseStore(store.driver, store.schema, TRACKED)


def test_a_table_that_was_emptied_at_once_is_read_anew() -> None:
    schema = items(a("name"))
    with database_url("postgresql") as url, service_of(schema, TRACKED, url) as service:
        assert ask(service, "POST", "Items", {"id": "a"}).status == 201
        first = tracked(service, "Items")
        assert isinstance(service.store, DatabaseStore)
        service.store.connection().execute('TRUNCATE "Items"')
        assert follow(service, first).status == 410


def test_derived_types_are_tracked_through_a_cast(local: Service) -> None:
    base = EntityType("shop.Base", (a("id!"), a("name")), key=local.schema.entity_type("shop.Items").key)
    special = EntityType("shop.Special", (a("extra"),), base="shop.Base")
    schema = with_set(base, special)
    with service_of(schema, TRACKED) as service:
        first = tracked(service, "Things/shop.Special")
        assert ask(service, "POST", "Things", {"id": "a", "@odata.type": "#shop.Special", "extra": "x"}).status == 201
        assert ask(service, "POST", "Things", {"id": "b", "name": "y"}).status == 201
        found = follow(service, first).values
        assert [(item["id"], item.get("extra"), item.get("reason")) for item in found] == [
            ("a", "x", None),
            ("Things('b')", None, "changed"),
        ]


def with_set(base: EntityType, special: EntityType) -> Schema:
    """A schema with a set, Things, of a type and one derived from it."""
    builder = SchemaBuilder()
    builder.add_type(base)
    builder.add_type(special)
    builder.add_entity_set(EntitySet("Things", "shop.Base"))
    return builder.freeze()


@pytest.mark.parametrize(
    "target",
    [
        "Customers?$expand=orders($top=1)",
        "Customers?$expand=orders/$count",
        "Customers?$compute=now() as asked&$select=id,asked",
        "Customers?$expand=orders($filter=day lt date(now()))",
        "Customers?$apply=groupby((id))",
        "Customers('a')/manager",
        "Customers/$count",
        "Customers?$format=application/json;odata.metadata=none",
    ],
)
def test_what_cannot_be_told_gets_no_delta_link(target: str) -> None:
    with service_of(shop_schema(), TRACKED) as service:
        for body in ({"id": "m"}, {"id": "a", "managerId": "m"}):
            assert ask(service, "POST", "Customers", body).status == 201
        answer = ask(service, "GET", target, prefer="track-changes")
        assert "Preference-Applied" not in answer.headers
        assert b"deltaLink" not in answer.body
        joined = "&" if "?" in target else "?"
        assert ask(service, "GET", f"{target}{joined}$deltatoken=latest").status == 501


@pytest.mark.parametrize("family", FAMILIES)
def test_what_time_alone_changes_is_told(family: str) -> None:
    schema = items(a("due", "DateTimeOffset", precision=7), a("name"))
    with database_url(family) as url, service_of(schema, TRACKED, url) as service:
        due = datetime.now(UTC) + timedelta(seconds=1)
        for key, shift in (("past", -60), ("now", 0), ("later", 600)):
            body = {"id": key, "due": (due + timedelta(seconds=shift)).isoformat()}
            assert ask(service, "POST", "Items", body).status == 201
        come, gone = (tracked(service, f"Items?$filter=due {way} now()&$select=id") for way in ("le", "gt"))
        assert (come.column("id"), gone.column("id")) == (["past"], ["later", "now"])
        assert ask(service, "PATCH", "Items('past')", {"name": "x"}).status == 200
        deadline = monotonic() + 20
        while len(ask(service, "GET", "Items?$filter=due le now()").values) < 2:
            assert monotonic() < deadline
            sleep(0.05)
        found = follow(service, come)
        assert [item["id"] for item in found.values] == ["now", "past"]
        left = [(item["id"], item["reason"]) for item in follow(service, gone).values]
        assert left == [("Items('now')", "changed"), ("Items('past')", "changed")]


@pytest.mark.parametrize(
    ("condition", "harmless", "changed"),
    [
        ("size lt $root/Items('k4')/size", ("k1", {"size": 2}), ("k4", {"name": "x"})),
        ("$root/Items/$count gt 3", None, ("k1", {"name": "x"})),
        ("size gt 3 or $root/Items/any(i:i/name eq 'y')", None, ("k0", {"name": "y"})),
    ],
)
def test_what_a_condition_asks_of_root_ends_the_link_when_it_changes(
    service: Service, condition: str, harmless: tuple[str, Any] | None, changed: tuple[str, Any]
) -> None:
    answer = tracked(service, f"Items?$filter={condition}&$select=id")
    if harmless is not None:
        assert ask(service, "PATCH", f"Items('{harmless[0]}')", harmless[1]).status == 200
        answer = follow(service, answer)
        assert answer.column("id") == [harmless[0]]
    assert ask(service, "PATCH", f"Items('{changed[0]}')", changed[1]).status == 200
    refused = follow(service, answer)
    assert (refused.status, refused.headers["Location"]) == (410, f"{ROOT}Items?$filter={condition}&$select=id")
    assert "What the query asks of $root has changed" in refused.error["message"]


def test_what_root_leads_on_to_ends_the_link_too() -> None:
    with service_of(shop_schema(), TRACKED) as service:
        for body in ({"id": "m", "displayName": "M"}, {"id": "a", "managerId": "m"}, {"id": "z", "displayName": "M"}):
            assert ask(service, "POST", "Customers", body).status == 201
        answer = tracked(service, "Customers?$filter=displayName eq $root/Customers('a')/manager/displayName")
        assert ask(service, "PATCH", "Customers('z')", {"displayName": "x"}).status == 200
        answer = follow(service, answer)
        assert (answer.status, len(answer.values)) == (200, 1)
        assert ask(service, "PATCH", "Customers('m')", {"displayName": "x"}).status == 200
        assert follow(service, answer).status == 410


def test_without_the_option_nothing_is_written_down_and_no_link_given() -> None:
    with service_of(items(a("name"))) as service:
        answer = ask(service, "GET", "Items", prefer="track-changes")
        assert answer.status == 200
        assert "Preference-Applied" not in answer.headers and "@odata.deltaLink" not in answer.json
        assert isinstance(service.store, DatabaseStore)
        assert service.store.driver.change_logs(service.store.connection()) == {}


def test_a_token_of_another_query_is_refused(local: Service) -> None:
    token = tracked(local, "Items?$filter=size gt 0").json["@odata.deltaLink"].rpartition("=")[2]
    for target in (f"Items?$filter=size gt 1&$deltatoken={token}", "Items?$deltatoken=x", "Items?$deltatoken=ü"):
        answer = ask(local, "GET", target)
        assert (answer.status, answer.error["target"]) == (400, "$deltatoken")


def test_a_delta_link_may_be_encoded_otherwise(local: Service) -> None:
    link: str = tracked(local, "Items?$filter=size gt 0").json["@odata.deltaLink"].removeprefix(ROOT)
    assert ask(local, "GET", link.replace("$deltatoken", "%24deltatoken").replace("$filter", "%24filter")).status == 200


def test_null_is_told_of_what_has_changed_whatever_is_preferred(local: Service) -> None:
    first = ask(local, "GET", "Items", prefer="track-changes,omit-values=nulls")
    assert ask(local, "PATCH", "Items('k1')", {"name": None}).status == 200
    found = follow(local, first, prefer="omit-values=nulls")
    assert found.values[0]["name"] is None
    assert "Preference-Applied" not in found.headers


GRAPH = """<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="g">
<EntityType Name="user"><Key><PropertyRef Name="id"/></Key>
<Property Name="id" Type="Edm.String" Nullable="false"/><Property Name="name" Type="Edm.String"/></EntityType>
<Function Name="delta" IsBound="true"><Parameter Name="bindingParameter" Type="Collection(g.user)"/>
<ReturnType Type="Collection(g.user)"/></Function>
<EntityContainer Name="c"><EntitySet Name="users" EntityType="g.user"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


@pytest.mark.parametrize("call", ["delta()", "delta", "g.delta()"])
def test_a_function_delta_without_a_body_reads_the_collection_and_its_changes(tmp_path: Path, call: str) -> None:
    (tmp_path / "g.xml").write_text(GRAPH)
    schema = load_schema(str(tmp_path / "g.xml"))
    with service_of(schema, TRACKED) as service:
        for key in "abc":
            assert ask(service, "POST", "users", {"id": key}).status == 201
        first = ask(service, "GET", f"users/{call}?$select=id", prefer="odata.maxpagesize=2")
        assert first.json["@odata.nextLink"].startswith(f"{ROOT}users/{call}?$select=id&$skiptoken=")
        last = follow(service, first, "nextLink", prefer="odata.maxpagesize=2")
        assert last.column("id") == ["c"]
        assert last.json["@odata.deltaLink"].startswith(f"{ROOT}users/{call}?$select=id&$deltatoken=")
        assert ask(service, "DELETE", "users/b").status == 204
        assert follow(service, last).values == [{"@removed": {"reason": "deleted"}, "id": "b"}]
        pure = follow(service, last, **{"odata-maxversion": "4.0"})
        assert [item["id"] for item in pure.values] == ["users('b')"]
        latest = ask(service, "GET", f"users/{call}?$deltatoken=latest")
        assert follow(service, latest).values == []


def test_a_function_delta_tells_the_key_whatever_is_selected(tmp_path: Path) -> None:
    (tmp_path / "g.xml").write_text(GRAPH)
    with service_of(load_schema(str(tmp_path / "g.xml")), TRACKED) as service:
        assert ask(service, "POST", "users", {"id": "a", "name": "A"}).status == 201
        first = ask(service, "GET", "users/delta()?%24select=name")
        assert ask(service, "PATCH", "users/a", {"name": "B"}).status == 200
        then = follow(service, first)
        told = [{name: item[name] for name in ("id", "name")} for answer in (first, then) for item in answer.values]
        assert told == [{"id": "a", "name": "A"}, {"id": "a", "name": "B"}]


def test_code_that_carries_a_function_delta_out_is_called(tmp_path: Path) -> None:
    (tmp_path / "g.xml").write_text(GRAPH)
    with service_of(load_schema(str(tmp_path / "g.xml")), TRACKED) as service:

        @service.function("g.delta")
        def delta(call: object, users: object) -> list[dict[str, str]]:
            return [{"id": "a"}]

        assert ask(service, "POST", "users", {"id": "a"}).status == 201
        answer = ask(service, "GET", "users/delta()")
        assert answer.column("id") == ["a"] and "@odata.deltaLink" not in answer.json


def test_metadata_tells_which_sets_are_tracked(local: Service) -> None:
    shown = ask(local, "GET", "$metadata").body
    assert shown.count(b"Org.OData.Capabilities.V1.ChangeTracking") == 1
    with service_of(items(a("name"))) as untracked:
        assert b"ChangeTracking" not in ask(untracked, "GET", "$metadata").body


def test_a_log_that_is_not_the_one_of_a_link_ends_it() -> None:
    schema = items(a("name"))
    with database_url("postgresql") as url, service_of(schema, TRACKED, url) as service:
        first = tracked(service, "Items")
        assert isinstance(service.store, DatabaseStore)
        name = next(iter(service.store.driver.change_logs(service.store.connection())))
        copied = (
            f'CREATE TABLE copied (LIKE "{name}" INCLUDING ALL)',
            f'INSERT INTO copied SELECT * FROM "{name}"',
            f'DROP TABLE "{name}"',
            f'ALTER TABLE copied RENAME TO "{name}"',
        )
        for statement in copied:
            service.store.connection().execute(statement)
        assert follow(service, first).status == 410


def test_a_table_that_is_made_anew_begins_a_new_log(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    with service_of(items(a("name"), a("size", "Int32")), TRACKED, url) as service:
        fill(service)
        first = tracked(service, "Items")
    schema = items(a("name"), a("size"), a("more"))
    with closing(open_store(url, schema, TRACKED)) as store:
        said: list[str] = []
        migrate(store, said.append)
        assert any(sentence.startswith("make log of changes 'Items-changes-") for sentence in said)
    with service_of(schema, TRACKED, url) as service:
        gone = follow(service, first)
        assert (gone.status, gone.headers["Location"]) == (410, f"{ROOT}Items")
        again = tracked(service, "Items")
        assert ask(service, "DELETE", "Items('k0')").status == 204
        assert [item["id"] for item in follow(service, again).values] == ["Items('k0')"]


def test_a_database_that_is_a_source_shows_no_logs(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with service_of(items(a("name")), TRACKED, f"sqlite:///{path}") as service:
        first = tracked(service, "Items")
    found = load_schema(str(path))
    assert list(found.container.entity_sets) == ["Items"]
    with service_of(found, TRACKED, f"sqlite:///{path}") as others:
        answer = ask(others, "GET", "Items", prefer="track-changes")
        assert "Preference-Applied" not in answer.headers
        assert ask(others, "POST", "Items", {"id": "a"}).status == 201
    with service_of(items(a("name")), TRACKED, f"sqlite:///{path}") as service:
        assert follow(service, first).column("id") == ["a"]


def test_hooks_stand_around_what_is_told(local: Service) -> None:
    read: list[str] = []

    @local.after_read("Items")
    def note(call: object, entities: list[Any]) -> None:
        read.extend(entity["id"] for entity in entities)

    latest = ask(local, "GET", "Items?$deltatoken=latest")
    change(local)
    read.clear()
    follow(local, latest)
    assert read == ["k1", "k2", "k9"]
