"""Office365-REST-Python-Client as a client of Graph: what it saw of a service of users, as one JSON object."""

# mypy: ignore-errors
# Types of the client are known where it is installed alone.

import sys
from collections.abc import Callable

from features import feature, report
from office365 import azure_env
from office365.directory.users.password_profile import PasswordProfile
from office365.directory.users.profile import UserProfile
from office365.graph_client import GraphClient
from office365.runtime.client_request_exception import ClientRequestException

# It knows the clouds of Microsoft alone; the service stands in the place of one.
azure_env._ENDPOINTS[azure_env.AzureEnvironment.Global]["graph"] = sys.argv[1].rstrip("/")
client = GraphClient(lambda: {"token_type": "Bearer", "access_token": "none"})
made: dict[str, str] = {}


def names(query: object) -> list[str]:
    return sorted(found.display_name for found in query.execute_query())


def user(number: int) -> object:
    return client.users[made[f"User {number}"]]


def refusal(work: Callable[[], object]) -> list[object]:
    try:
        work()
    except ClientRequestException as error:
        return [error.response.status_code, error.code]
    return ["nothing was refused"]


def create() -> list[object]:
    """What the model does not declare is dynamic: users are open."""
    for number in range(1, 8):
        profile = UserProfile(f"u{number}@example", PasswordProfile("none"), displayName=f"User {number}")
        profile.accountEnabled, profile.city = number % 2 == 0, "Oslo"
        added = client.users.add(profile).execute_query()
        made[added.display_name] = added.id
    return [added.display_name, added.user_principal_name, added.get_property("city")]


def read() -> list[object]:
    found = user(1).get().execute_query()
    return [found.display_name, found.account_enabled, list(found.business_phones)]


def select() -> list[object]:
    found = client.users.get().select(["displayName"]).execute_query()
    return sorted(one.properties["displayName"] for one in found)[:2]


def update() -> list[object]:
    changed = user(1).set_property("department", "Sales").update().execute_query()
    found = user(1).get().execute_query()
    return [changed.department, found.department, found.display_name]


def references() -> list[object]:
    """A manager, and whom he manages."""
    user(2).assign_manager(user(1)).execute_query()
    found = [user(2).manager.get().execute_query().display_name, names(user(1).direct_reports.get())]
    user(2).remove_manager().execute_query()
    return [*found, names(user(1).direct_reports.get())]


def members() -> list[object]:
    team = client.groups.create_security("Team").execute_query()
    team.members.add(user(3)).execute_query()
    found = names(team.members.get())
    team.members.remove(user(3)).execute_query()
    return [team.display_name, found, names(team.members.get())]


def batch() -> list[object]:
    """Each request of a batch repeats the credentials."""
    first = user(1).get()
    user(2).set_property("department", "Batch").update()
    client.execute_batch()
    return [first.display_name, user(2).get().execute_query().department]


def batches() -> str:
    """More requests than the twenty of one batch."""
    found = [user(number % 7 + 1).get() for number in range(25)]
    client.execute_batch()
    return found[-1].display_name


def delete() -> list[object]:
    user(7).delete_object().execute_query()
    return refusal(lambda: user(7).get().execute_query())


feature("v4-create", create)
feature("v4-read", read)
feature("v4-select", select)
feature("v4-filter", lambda: names(client.users.get().filter("accountEnabled eq true and city eq 'Oslo'")))
feature("v4-list", lambda: [len(names(client.users.get().top(3))), len(client.users.get_all().execute_query())])
feature("v4-count", lambda: client.users.count().execute_query().value)
feature("v4-update", update)
feature("v4-references", references)
feature("v4-members", members)
feature("v4-batch", batch)
feature("v4-batches", batches)
feature("v4-delta", lambda: len(client.users.delta.get().execute_query()))
feature("v4-delete", delete)
feature("v4-error", lambda: refusal(lambda: client.users.get().filter("displayName eq 1").execute_query()))
report()
