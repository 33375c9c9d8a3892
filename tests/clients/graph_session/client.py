"""msgraph-core 0.2 for Python, a session of requests: what it saw of a service, as one JSON object."""

# mypy: ignore-errors
# Types of the client are known where it is installed alone.

import json
import sys

from features import feature, report
from msgraph.core import APIVersion, GraphClient
from requests import Response


class Credential:
    """Gives a token, of which the service asks nothing."""

    def get_token(self, *scopes: str) -> tuple[str, int]:
        return "none", 0


client = GraphClient(credential=Credential(), cloud=sys.argv[1].rstrip("/"), api_version=APIVersion.beta)
JSON = {"Content-Type": "application/json"}


def found(answer: Response) -> object:
    answer.raise_for_status()
    return answer.json()


def ids(**options: object) -> list[str]:
    return [row["id"] for row in found(client.get("/Customers", params=options))["value"]]


def refusal(answer: Response) -> list[object]:
    error = answer.json()["error"]
    return [answer.status_code, error["code"], sorted(error["innerError"])]


def pages() -> list[int]:
    """The next link is absolute, and taken as it is."""
    sizes, url = [], "/Customers?$select=id&$filter=id lt 'd'"
    while url:
        page = found(client.get(url, headers={"Prefer": "odata.maxpagesize=5"}))
        sizes.append(len(page["value"]))
        url = page.get("@odata.nextLink")
    return sizes


def create() -> list[object]:
    made = client.post("/Customers", json={"id": "s-1", "displayName": "Made", "contractType": 7})
    return [made.status_code, made.json()["displayName"]]


def update() -> list[object]:
    client.patch("/Customers/s-1", data=json.dumps({"displayName": "Changed"}), headers={**JSON}).raise_for_status()
    customer = found(client.get("/Customers/s-1"))
    return [customer["displayName"], customer["contractType"]]


def etag() -> list[object]:
    stale = {**JSON, "If-Match": 'W/"1"'}
    return refusal(client.patch("/Customers/s-1", data='{"displayName":"Never"}', headers=stale))[:2]


def batch() -> list[object]:
    requests = [
        {"id": "1", "method": "PATCH", "url": "/Customers/s-1", "body": {"contractType": 8}, "headers": JSON},
        {"id": "2", "dependsOn": ["1"], "method": "GET", "url": "/Customers/s-1"},
        {"id": "3", "method": "GET", "url": "Customers/none"},
    ]
    told = {part["id"]: part for part in found(client.post("/$batch", json={"requests": requests}))["responses"]}
    return [told["1"]["status"], told["2"]["body"]["contractType"], told["3"]["status"]]


def delete() -> list[object]:
    client.delete("/Customers/s-1").raise_for_status()
    return refusal(client.get("/Customers/s-1"))[:2]


feature("v4-read", lambda: found(client.get("/Customers/c01"))["displayName"])
feature("v4-filter", lambda: ids(**{"$filter": "contractType eq 1 and isDeleted eq false"}))
feature("v4-sort", lambda: ids(**{"$orderby": "displayName desc", "$top": 3}))
feature("v4-search", lambda: ids(**{"$search": '"displayName:Name 4"'}))
feature("v4-total", lambda: found(client.get("/Customers?$count=true&$top=1"))["@odata.count"])
feature("v4-count", lambda: int(client.get("/Customers/$count").content.decode("utf-8-sig")))
feature("v4-page", pages)
feature("v4-create", create)
feature("v4-update", update)
feature("v4-etag", etag)
feature("v4-batch", batch)
feature("v4-delete", delete)
feature("v4-error", lambda: refusal(client.get("/Customers?$filter=nme eq 'x'")))
report()
