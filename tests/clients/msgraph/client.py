"""msgraph-sdk for Python and its core: what each saw of a service, as one JSON object on standard output."""

# mypy: ignore-errors
# Types of the client are known where it is installed alone.

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphServiceClient
from msgraph.generated.groups.item.members.ref.ref_request_builder import RefRequestBuilder as Members
from msgraph.generated.models.group import Group
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.password_profile import PasswordProfile
from msgraph.generated.models.reference_create import ReferenceCreate
from msgraph.generated.models.reference_update import ReferenceUpdate
from msgraph.generated.models.user import User
from msgraph.generated.models.user_collection_response import UserCollectionResponse
from msgraph.generated.users.count.count_request_builder import CountRequestBuilder
from msgraph.generated.users.delta.delta_request_builder import DeltaRequestBuilder
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core import PageIterator
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_content_collection import BatchRequestContentCollection
from msgraph_core.requests.batch_request_item import BatchRequestItem

root = sys.argv[1].rstrip("/")
adapter = GraphRequestAdapter(AnonymousAuthenticationProvider())
adapter.base_url = root
client = GraphServiceClient(request_adapter=adapter)
seen: dict[str, object] = {}


async def feature(name: str, work: Callable[[], Awaitable[object]]) -> None:
    """Records what the work of a feature gives, or that it failed; the next feature goes on."""
    try:
        seen[name] = await work()
    except Exception as error:
        seen[name] = {"failed": f"{type(error).__name__}: {error}"[:400]}


async def refusal(work: Awaitable[object]) -> object:
    try:
        await work
    except ODataError as error:
        return [error.response_status_code, error.error.code]
    return "nothing was refused"


def asked(**options: object) -> RequestConfiguration:
    """The options of a request for users; `headers` are those of the request."""
    headers = options.pop("headers", {})
    parameters = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(**options)
    configuration = RequestConfiguration(query_parameters=parameters)
    for header, value in headers.items():
        configuration.headers.add(header, value)
    return configuration


def ids(page: UserCollectionResponse) -> list[str]:
    return [user.id for user in page.value]


async def create() -> object:
    made = []
    for number in range(1, 8):
        user = User(
            id=f"u{number}",
            display_name=f"User {number}",
            account_enabled=number % 2 == 1,
            business_phones=[f"+31 {number}"],
            password_profile=PasswordProfile(password="none", force_change_password_next_sign_in=True),
        )
        made.append((await client.users.post(user)).display_name)
    return made


async def read() -> object:
    user = await client.users.by_user_id("u1").get()
    return [user.display_name, user.account_enabled, user.business_phones, user.password_profile.password]


async def select() -> object:
    chosen = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=["displayName"], expand=["manager"])
    user = await client.users.by_user_id("u1").get(RequestConfiguration(query_parameters=chosen))
    return [user.display_name, user.business_phones, user.manager]


async def page() -> object:
    first = await client.users.get(asked(headers={"Prefer": "odata.maxpagesize=3"}))
    second = await client.users.with_url(first.odata_next_link).get()
    return [ids(first), ids(second)]


async def iterator() -> object:
    first = await client.users.get(asked(top=6, orderby=["id"], headers={"Prefer": "odata.maxpagesize=2"}))
    found: list[str] = []
    pages = PageIterator(first, adapter)
    pages.headers.add("Prefer", "odata.maxpagesize=2")
    await pages.iterate(lambda user: found.append(user.id) or True)
    return found


async def count() -> object:
    enabled = CountRequestBuilder.CountRequestBuilderGetQueryParameters(filter="accountEnabled eq true")
    configuration = RequestConfiguration(query_parameters=enabled)
    configuration.headers.add("ConsistencyLevel", "eventual")
    return await client.users.count.get(configuration)


async def update() -> object:
    changed = await client.users.by_user_id("u2").patch(User(department="Sales"))
    found = await client.users.by_user_id("u2").get()
    return [changed.department, found.department, found.display_name]


async def etag() -> object:
    configuration = RequestConfiguration()
    configuration.headers.add("If-Match", 'W/"1"')
    return await refusal(client.users.by_user_id("u2").patch(User(department="None"), configuration))


async def references() -> object:
    chief = ReferenceUpdate(odata_id=f"{root}/users/u1")
    await client.users.by_user_id("u2").manager.ref.put(chief)
    manager = await client.users.by_user_id("u2").manager.get()
    reports = await client.users.by_user_id("u1").direct_reports.get()
    return [manager.id, [user.id for user in reports.value]]


async def members() -> object:
    group = await client.groups.post(Group(display_name="All", group_types=[]))
    inside = client.groups.by_group_id(group.id).members
    for key in ("u1", "u2", "u3"):
        await inside.ref.post(ReferenceCreate(odata_id=f"{root}/users/{key}"))
    await inside.by_directory_object_id("u1").ref.delete()
    gone = Members.RefRequestBuilderDeleteQueryParameters(id=f"{root}/users/u2")
    await inside.ref.delete(RequestConfiguration(query_parameters=gone))
    return [user.id for user in (await inside.get()).value]


async def batch() -> object:
    changed = User(department="Batch")
    requests = [
        client.users.by_user_id("u3").to_patch_request_information(changed),
        client.users.by_user_id("u3").to_get_request_information(),
        client.users.by_user_id("none").to_get_request_information(),
    ]
    content = BatchRequestContent()
    content.add_request("1", BatchRequestItem(requests[0], "1"))
    content.add_request("2", BatchRequestItem(requests[1], "2", ["1"]))
    content.add_request("3", BatchRequestItem(requests[2], "3"))
    answers = await client.batch.post(content)
    return [answers.get_response_status_codes(), (await client.users.by_user_id("u3").get()).department]


async def batches() -> object:
    """More requests than the twenty of one batch."""
    content = BatchRequestContentCollection()
    for _ in range(25):
        content.add_batch_request_item(BatchRequestItem(client.users.by_user_id("u1").to_get_request_information()))
    answers = await client.batch.post(content)
    return [len(answer.responses) for answer in answers.get_responses()]


async def delta() -> object:
    chosen = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(select=["displayName"])
    configuration = RequestConfiguration(query_parameters=chosen)
    configuration.headers.add("Prefer", "odata.maxpagesize=5")
    pages = [await client.users.delta.get(configuration)]
    while pages[-1].odata_next_link:
        pages.append(await client.users.delta.with_url(pages[-1].odata_next_link).get())
    await client.users.by_user_id("u4").patch(User(display_name="Four"))
    await client.users.by_user_id("u5").delete()
    since = await client.users.delta.with_url(pages[-1].odata_delta_link).get()
    told = [[user.id, user.display_name, user.additional_data.get("@removed")] for user in since.value]
    return [[len(page.value) for page in pages], told]


async def error() -> object:
    try:
        await client.users.get(asked(filter="displayName eq 5"))
    except ODataError as found:
        inner = found.error.inner_error
        return [found.response_status_code, found.error.code, bool(inner.request_id and inner.date)]
    return "nothing was refused"


async def walk() -> None:
    await feature("v4-create", create)
    await feature("v4-read", read)
    await feature("v4-select", select)
    await feature("v4-filter", lambda: listed(filter="startswith(displayName,'User') and accountEnabled eq false"))
    await feature("v4-sort", lambda: listed(orderby=["displayName desc"], top=2))
    await feature("v4-search", lambda: listed(search='"User 3"', headers={"ConsistencyLevel": "eventual"}))
    await feature("v4-total", total)
    await feature("v4-count", count)
    await feature("v4-page", page)
    await feature("v4-iterator", iterator)
    await feature("v4-update", update)
    await feature("v4-etag", etag)
    await feature("v4-references", references)
    await feature("v4-members", members)
    await feature("v4-batch", batch)
    await feature("v4-batches", batches)
    await feature("v4-delta", delta)
    await feature("v4-delete", lambda: refusal(client.users.by_user_id("u5").get()))
    await feature("v4-error", error)
    print(json.dumps(seen))


async def listed(**options: object) -> object:
    return ids(await client.users.get(asked(**options)))


async def total() -> object:
    return (await client.users.get(asked(count=True, top=1))).odata_count


asyncio.run(walk())
