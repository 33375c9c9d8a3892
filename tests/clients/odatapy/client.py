"""odatapy's client, which reads $metadata and speaks 4.01: what it saw of two services, as one JSON object."""

# mypy: ignore-errors
# Types of the client are known where it is installed alone.

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from features import feature, report
from odatapy.client import (
    AsyncHttpxTransport,
    AsyncODataClient,
    EdmEnabledODataClient,
    Field,
    HttpxTransport,
    ODataClientError,
    OrderBy,
    Search,
)

root, catalogue_root = sys.argv[1:]
client = EdmEnabledODataClient(root, HttpxTransport())
catalogue = EdmEnabledODataClient(catalogue_root, HttpxTransport())
LAPTOP = catalogue.entity_uri("Products", UUID("bbbbbbbb-0000-4000-8000-000000000001"))
MADE = client.entity_uri("Customers", "o-1")


def customers() -> object:
    return client.entity_set_uri("Customers")


def value(entity: object, name: str) -> object:
    return entity.get_property(name).value


def ids(uri: object) -> list[object]:
    return [value(entity, "id") for entity in client.get_entity_set(uri).entities]


def refusal(work: Callable[[], object]) -> list[object]:
    try:
        work()
    except ODataClientError as error:
        return [error.status_code, error.error_code]
    return ["nothing was refused"]


def metadata() -> list[object]:
    """The model as the client has read it, and a document that has not changed since."""
    customer = client.entity_set_type("Customers")
    again = client.get_metadata_document(if_none_match=client.metadata_etag)
    return [str(customer.full_qualified_name), len(customer.property_names), again.status_code]


def read() -> list[object]:
    """Values are Python's; an entity that has not changed is not sent again."""
    customer = client.get_entity(client.entity_uri("Customers", "c01"))
    again = client.get_entity(client.entity_uri("Customers", "c01"), if_none_match=customer.etag)
    created = value(customer, "cosmosCreatedDateTimeUTC") == datetime(2024, 1, 1, 10, tzinfo=UTC)
    return [value(customer, "displayName"), created, again.status_code]


def filtered() -> list[object]:
    name, kind = Field("displayName"), Field("contractType")
    return [
        ids(customers().filter((name.contains("1") | kind.eq(0)) & Field("countryLetterCode").eq("FR"))),
        ids(customers().filter(Field("id").in_(["c01", "c02"]) & ~kind.eq(1))),
        ids(customers().filter(name.tolower().eq("name 1") | name.matches_pattern("^Name [23]$"))),
        ids(customers().filter(kind.add(1).mul(2).gt(7)).orderby(OrderBy(Field("id").desc()))),
    ]


def dates() -> list[object]:
    created = Field("cosmosCreatedDateTimeUTC")
    return [
        ids(customers().filter(created.gt(datetime(2024, 1, 11, 10, tzinfo=UTC)))),
        ids(customers().filter(created.date().eq(date(2024, 1, 5)) & created.time().eq(time(10)))),
        catalogue.get_count(catalogue.entity_set_uri("Products").filter(Field("ShippingTime").lt(timedelta(hours=5)))),
    ]


def aggregate() -> list[list[object]]:
    groups = client.get_entity_set(
        customers().apply("groupby((countryLetterCode),aggregate(contractType with sum as n))")
    )
    return [[value(group, "countryLetterCode"), int(value(group, "n"))] for group in groups.entities]


def create() -> list[object]:
    made = client.create_entity("Customers", {"id": "o-1", "displayName": "Made", "contractType": 7})
    least = client.create_entity("Customers", {"id": "o-2"}, return_representation=False)
    client.delete_entity(least)
    return [value(made, "displayName"), value(made, "contractType"), least.id.removeprefix(root)]


def update() -> list[object]:
    """A PATCH, a whole entity as it was read, and a property alone."""
    changed = client.update_entity(MADE, {"displayName": "Changed"}, return_representation=True).entity
    replaced = client.update_entity(MADE, client.get_entity(MADE), method="PUT").status_code
    name = MADE.copy().append_property_segment("displayName")
    alone = client.update_property(name, "Alone").status_code
    return [value(changed, "displayName"), replaced, alone, client.get_property_value(name)]


def etag() -> list[object]:
    """The entity's own ETag goes with a change of it."""
    stale = client.get_entity(MADE)
    client.update_entity(MADE, {"contractType": 8})
    return refusal(lambda: client.update_entity(MADE, stale))


def batch(format: str) -> list[object]:
    sent = client.batch(format=format, continue_on_error=True)
    sent.add_retrieve(client.entity_uri("Customers", "none"))
    changes = sent.add_changeset()
    made = changes.create("Customers", {"id": "o-3", "displayName": "Batch"})
    changes.update(f"${made.content_id}", {"contractType": 4})
    sent.add_retrieve(client.entity_uri("Customers", "o-3"))
    failing = sent.add_changeset()
    failing.delete(client.entity_uri("Customers", "o-3"))
    failing.delete(client.entity_uri("Customers", "none"))
    sent.add_changeset().delete(client.entity_uri("Customers", "o-3"))
    answers = client.execute_batch(sent).responses
    return [[answer.status_code for answer in answers], value(answers[3].entity(), "contractType")]


def delta() -> list[object]:
    tracked = client.get_entity_set(customers().select("id", "displayName"), track_changes=True)
    client.update_entity(MADE, {"displayName": "Told"})
    since = client.get_delta(tracked.delta_link)
    client.delete_entity(MADE)
    gone = client.get_delta(since.delta_link)
    return [[value(entity, "displayName") for entity in since.entities], len(gone.deleted_entities)]


def delete() -> list[object]:
    return refusal(lambda: client.get_entity(MADE))


def along() -> list[object]:
    laptop = catalogue.get_entity(LAPTOP.copy().expand("Category", "Descriptions"))
    links = {link.title: link for link in laptop.navigation_links}
    category = links["Category"].inline_entity
    return [value(category, "Name"), len(links["Descriptions"].inline_entity_set.entities)]


def references() -> list[object]:
    """One reference added and removed among many, and a single one set."""
    related, category = (LAPTOP.copy().append_navigation_segment(name) for name in ("RelatedProducts", "Category"))
    catalogue.add_reference(related, "Products(bbbbbbbb-0000-4000-8000-000000000002)")
    added = [id.removeprefix(catalogue_root) for id in catalogue.get_references(related)]
    catalogue.remove_reference(related, "Products(bbbbbbbb-0000-4000-8000-000000000002)")
    before = catalogue.get_references(category)[0]
    catalogue.set_reference(category, "Categories(cccccccc-0000-4000-8000-000000000002)")
    moved = catalogue.get_references(category)[0] != before
    catalogue.set_reference(category, before)
    return [added, catalogue.get_references(related), moved]


def calls() -> list[object]:
    total = LAPTOP.copy().append_function_call_segment("ComplianceService.GetTotalPrice", {"taxRate": 0.5})
    discount = LAPTOP.copy().append_action_call_segment("ComplianceService.CalculateDiscount")
    return [
        catalogue.invoke_function(
            catalogue.uri().append_segment("Calculate(a=@a,b=@b)"), aliases={"a": 1, "b": 2}
        ).value,
        round(float(catalogue.invoke_function(total).value), 3),
        round(float(catalogue.invoke_action(discount, {"percentage": 10.0}).value), 3),
    ]


def streams() -> list[object]:
    """A photo, and a media entity whose content is replaced."""
    photo = LAPTOP.copy().append_property_segment("Photo")
    catalogue.update_media_entity(photo, b"photo", "image/png")
    shown = catalogue.get_media(photo)
    now = datetime(2024, 5, 6, tzinfo=UTC)
    item = {"Name": "Note", "ContentType": "text/plain", "CreatedAt": now, "ModifiedAt": now}
    made = catalogue.create_entity("MediaItems", item)
    catalogue.update_media_entity(made.id, b"text", "text/plain")
    content = catalogue.get_media(made.id).content.decode()
    catalogue.delete_media_entity(made.id)
    return [shown.content.decode(), shown.content_type, content, refusal(lambda: catalogue.get_media(made.id))[0]]


async def counted() -> int:
    async with AsyncHttpxTransport() as transport:
        return await AsyncODataClient(root, transport).get_count(customers().filter("contractType eq 1"))


feature("v4-metadata", metadata)
feature("v4-read", read)
feature(
    "v4-select",
    lambda: [
        part.name for part in client.get_entity(client.entity_uri("Customers", "c01").select("displayName")).properties
    ],
)
feature("v4-filter", filtered)
feature("v4-dates", dates)
feature("v4-sort", lambda: ids(customers().orderby(OrderBy(Field("displayName").desc())).top(3)))
feature("v4-page", lambda: [len(page.entities) for page in client.iter_pages(customers(), max_page_size=5)])
feature("v4-count", lambda: asyncio.run(counted()))
feature("v4-total", lambda: client.get_entity_set(customers().count().top(1)).count)
feature("v4-search", lambda: ids(customers().search(Search.phrase("Name 4"))))
feature("v4-aggregate", aggregate)
feature("v4-create", create)
feature("v4-update", update)
feature("v4-etag", etag)
feature("v4-batch", lambda: [batch("multipart"), batch("json")])
feature("v4-delta", delta)
feature("v4-delete", delete)
feature("v4-along", along)
feature("v4-references", references)
feature("v4-calls", calls)
feature("v4-streams", streams)
feature("v4-error", lambda: refusal(lambda: client.get_entity_set(customers().filter("nme eq 'x'"))))
report()
