"""msgraph-core for Python without an SDK around it: what it saw of a service, as one JSON object on standard output."""

# mypy: ignore-errors
# Types of the client are known where it is installed alone.

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.request import Request

from kiota_abstractions.api_client_builder import register_default_deserializer, register_default_serializer
from kiota_abstractions.api_error import APIError
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_abstractions.serialization import AdditionalDataHolder, Parsable
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from kiota_serialization_json.json_serialization_writer_factory import JsonSerializationWriterFactory
from kiota_serialization_text.text_parse_node_factory import TextParseNodeFactory
from msgraph_core import BaseGraphRequestAdapter, GraphClientFactory, PageIterator
from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_content_collection import BatchRequestContentCollection
from msgraph_core.requests.batch_request_item import BatchRequestItem

root = sys.argv[1].rstrip("/")
register_default_deserializer(JsonParseNodeFactory)
register_default_deserializer(TextParseNodeFactory)
register_default_serializer(JsonSerializationWriterFactory)
adapter = BaseGraphRequestAdapter(
    AnonymousAuthenticationProvider(), http_client=GraphClientFactory.create_with_default_middleware()
)
adapter.base_url = root
seen: dict[str, object] = {}


@dataclass(kw_only=True)
class Customer(AdditionalDataHolder, Parsable):
    """An entity as generated code would have it: what it does not know is additional data."""

    id: str | None = None
    display_name: str | None = None
    contract_type: int | None = None
    additional_data: dict[str, object] = field(default_factory=dict)

    @staticmethod
    def create_from_discriminator_value(parse_node: object) -> "Customer":
        return Customer()

    def get_field_deserializers(self) -> dict[str, Callable]:
        return {
            "id": lambda node: setattr(self, "id", node.get_str_value()),
            "displayName": lambda node: setattr(self, "display_name", node.get_str_value()),
            "contractType": lambda node: setattr(self, "contract_type", node.get_int_value()),
        }

    def serialize(self, writer: object) -> None:
        writer.write_str_value("id", self.id)
        writer.write_str_value("displayName", self.display_name)
        writer.write_int_value("contractType", self.contract_type)
        writer.write_additional_data_value(self.additional_data)


@dataclass(kw_only=True)
class Customers(AdditionalDataHolder, Parsable):
    """A page of entities."""

    value: list[Customer] = field(default_factory=list)
    odata_next_link: str | None = None
    odata_count: int | None = None
    odata_delta_link: str | None = None
    additional_data: dict[str, object] = field(default_factory=dict)

    @staticmethod
    def create_from_discriminator_value(parse_node: object) -> "Customers":
        return Customers()

    def get_field_deserializers(self) -> dict[str, Callable]:
        return {
            "value": lambda node: setattr(self, "value", node.get_collection_of_object_values(Customer)),
            "@odata.nextLink": lambda node: setattr(self, "odata_next_link", node.get_str_value()),
            "@odata.count": lambda node: setattr(self, "odata_count", node.get_int_value()),
            "@odata.deltaLink": lambda node: setattr(self, "odata_delta_link", node.get_str_value()),
        }

    def serialize(self, writer: object) -> None:
        writer.write_collection_of_object_values("value", self.value)


class Refused(APIError, Parsable):
    """An error of the service."""

    code: str | None = None

    @staticmethod
    def create_from_discriminator_value(parse_node: object) -> "Refused":
        return Refused()

    def get_field_deserializers(self) -> dict[str, Callable]:
        return {"error": lambda node: setattr(self, "code", node.get_child_node("code").get_str_value())}

    def serialize(self, writer: object) -> None:
        writer.write_str_value("code", self.code)


def request(method: Method, path: str, *, body: Customer | None = None, **headers: str) -> RequestInformation:
    """A request as builders make it: a template with the base URL, and headers."""
    information = RequestInformation(method, "{+baseurl}" + path, {"baseurl": root})
    information.headers.try_add("Accept", "application/json")
    for name, value in headers.items():
        information.headers.try_add(name.replace("_", "-"), value)
    if body is not None:
        information.set_content_from_parsable(adapter, "application/json", body)
    return information


async def sent(method: Method, path: str, gives: type[Parsable] = Customer, **stated: object) -> Parsable:
    return await adapter.send_async(request(method, path, **stated), gives, {"XXX": Refused})


async def page_of(path: str, **headers: str) -> Customers:
    return await sent(Method.GET, path, Customers, **headers)


async def ids(path: str, **headers: str) -> list[str]:
    return [customer.id for customer in (await page_of(path, **headers)).value]


async def refusal(work: Awaitable[object]) -> object:
    try:
        await work
    except Refused as error:
        return [error.response_status_code, error.code]
    return "nothing was refused"


async def feature(name: str, work: Callable[[], Awaitable[object]]) -> None:
    """Records what the work of a feature gives, or that it failed; the next feature goes on."""
    try:
        seen[name] = await work()
    except Exception as error:
        seen[name] = {"failed": f"{type(error).__name__}: {error}"[:400]}


async def read() -> object:
    customer = await sent(Method.GET, "/Customers/c01")
    return [customer.id, customer.display_name, customer.additional_data["countryLetterCode"]]


async def count() -> object:
    return await adapter.send_primitive_async(request(Method.GET, "/Customers/$count"), "int", {"XXX": Refused})


async def iterator() -> object:
    """The pages behind the first have the size that its header asks for again."""
    first = await page_of("/Customers?%24select=id&%24filter=id%20lt%20%27d%27", Prefer="odata.maxpagesize=5")
    found: list[str] = []
    pages = PageIterator(first, adapter)
    pages.headers.add("Prefer", "odata.maxpagesize=5")
    await pages.iterate(lambda customer: found.append(customer.id) or len(found) < 8)
    stopped = len(found)
    await pages.iterate(lambda customer: found.append(customer.id) or True)
    return [len(first.value), stopped, len(found), found[-1]]


async def create() -> object:
    others = {"@odata.type": "#microsoft.graph.Customer", "countryLetterCode": "IS"}
    made = Customer(id="m-1", display_name="Made", contract_type=7, additional_data=others)
    customer = await sent(Method.POST, "/Customers", body=made)
    return [customer.display_name, customer.additional_data["countryLetterCode"]]


async def update() -> object:
    await sent(Method.PATCH, "/Customers/m-1", body=Customer(display_name="Changed"))
    customer = await sent(Method.GET, "/Customers('m-1')")
    return [customer.display_name, customer.contract_type]


async def etag() -> object:
    return await refusal(sent(Method.PATCH, "/Customers/m-1", body=Customer(display_name="Never"), If_Match='W/"1"'))


async def batch() -> object:
    """URLs are absolute here, one request is made by urllib, and one depends on another."""
    changed = BatchRequestItem(request(Method.PATCH, "/Customers/m-1", body=Customer(contract_type=8)), "1")
    found = BatchRequestItem.create_with_urllib_request(Request(f"{root}/Customers/m-1"), "2", ["1"])
    lost = BatchRequestItem(request(Method.GET, "/Customers/none"), "3")
    relative = BatchRequestItem(request(Method.GET, "/Customers?%24top=1"), "4")
    relative.set_url(relative.url)
    content = BatchRequestContent({item.id: item for item in (changed, found, lost, relative)})
    answers = await BatchRequestBuilder(adapter).post(content)
    contents = {answers.get_response_by_id(name).content_type for name in "234"}
    after = await sent(Method.GET, "/Customers/m-1")
    return [answers.get_response_status_codes(), all("json" in content for content in contents), after.contract_type]


async def batches() -> object:
    """More requests than the twenty of one batch."""
    content = BatchRequestContentCollection()
    for _ in range(25):
        content.add_batch_request_item(BatchRequestItem(request(Method.GET, "/Customers/c01")))
    answers = await BatchRequestBuilder(adapter).post(content)
    told = [answer.get_response_status_codes() for answer in answers.get_responses()]
    return [
        [len(statuses) for statuses in told],
        {status for statuses in told for status in statuses.values()} == {200},
    ]


async def delta() -> object:
    first = await page_of("/Customers?%24select=id%2CdisplayName", Prefer="odata.track-changes")
    await sent(Method.POST, "/Customers", body=Customer(id="m-2", display_name="Another"))
    await sent(Method.PATCH, "/Customers/m-1", body=Customer(display_name="Told"))
    information = RequestInformation(Method.GET)
    information.url = first.odata_delta_link
    since = await adapter.send_async(information, Customers, {"XXX": Refused})
    return sorted([customer.id, customer.display_name] for customer in since.value)


async def delete() -> object:
    for name in ("m-1", "m-2"):
        await adapter.send_no_response_content_async(request(Method.DELETE, f"/Customers/{name}"), {"XXX": Refused})
    return await refusal(sent(Method.GET, "/Customers/m-1"))


async def walk() -> None:
    await feature("v4-read", read)
    await feature("v4-filter", lambda: ids("/Customers?%24filter=contractType%20eq%201%20and%20isDeleted%20eq%20false"))
    await feature("v4-sort", lambda: ids("/Customers?%24orderby=displayName%20desc&%24top=3"))
    await feature("v4-search", lambda: ids("/Customers?%24search=%22Name%204%22", ConsistencyLevel="eventual"))
    await feature("v4-count", count)
    await feature("v4-total", total)
    await feature("v4-iterator", iterator)
    await feature("v4-create", create)
    await feature("v4-update", update)
    await feature("v4-etag", etag)
    await feature("v4-batch", batch)
    await feature("v4-batches", batches)
    await feature("v4-delta", delta)
    await feature("v4-delete", delete)
    await feature("v4-error", lambda: refusal(page_of("/Customers?%24filter=nme%20eq%20%27x%27")))
    print(json.dumps(seen))


async def total() -> object:
    return (await page_of("/Customers?%24count=true&%24top=1")).odata_count


asyncio.run(walk())
