"""openapi-python-client: code generated from the OpenAPI description, compiled and run, as one JSON object."""

# mypy: ignore-errors
# Types of the client are known where it is installed alone.

import compileall
import importlib
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from uuid import UUID

import httpx
from features import feature, report

root, catalogue_root = sys.argv[1:]
LAPTOP = UUID("bbbbbbbb-0000-4000-8000-000000000001")
PROGRAM = ("-m", "openapi_python_client", "generate", "--meta", "none", "--config", "generated/config.json")


def generated(url: str, package: str) -> list[str]:
    """What the generator leaves out; nothing formats its files, which needs another program."""
    description = Path("generated") / f"{package}.json"
    description.write_bytes(httpx.get(f"{url}-/openapi.json").content)
    made = ("--path", str(description), "--output-path", f"generated/{package}")
    done = subprocess.run((sys.executable, *PROGRAM, *made), capture_output=True, text=True, check=True)
    return [line for line in f"{done.stdout}{done.stderr}".splitlines() if line.startswith(("WARNING", "ERROR"))]


def module(name: str) -> ModuleType:
    return importlib.import_module(f"generated.{name}")


def generate() -> list[object]:
    shutil.rmtree("generated", ignore_errors=True)
    Path("generated").mkdir()
    Path("generated/config.json").write_text('{"post_hooks": []}', "utf-8")
    return [generated(root, "customers"), generated(catalogue_root, "catalogue")]


feature("v4-generate", generate)
feature("v4-compile", lambda: bool(compileall.compile_dir("generated", quiet=1)))
Client, models = module("customers").Client, module("customers.models")
client = Client(base_url=root)
catalogue = module("catalogue").Client(base_url=catalogue_root)


def customers(operation: str) -> ModuleType:
    return module(f"customers.api.customers.customers_{operation}")


def listed(**options: object) -> list[str]:
    return [customer.id for customer in customers("list").sync(client=client, **options).value]


def refusal(answer: object) -> list[object]:
    return [answer.error.code, answer.error.target or None]


def read() -> list[object]:
    customer = customers("entity_get").sync("c01", client=client)
    created = customer.cosmos_created_date_time_utc == datetime(2024, 1, 1, 10, tzinfo=UTC)
    return [customer.display_name, customer.contract_type, customer.domain, created]


def sort() -> list[str]:
    order = models.CustomersListOrderbyItem("displayName desc")
    return listed(orderby=[order], top=3)


def select() -> list[object]:
    chosen = models.CustomersListSelectItem("displayName")
    page = customers("list").sync(client=client, select=[chosen], top=1)
    return [page.value[0].display_name, page.value[0].contract_type is module("customers.types").UNSET]


def create() -> list[object]:
    instant = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
    body = models.CustomerCreate(id="g-1", display_name="Made", contract_type=7, cosmos_created_date_time_utc=instant)
    made = customers("create").sync(client=client, body=body)
    return [made.display_name, made.contract_type, made.cosmos_created_date_time_utc == instant, made.domain]


def update() -> list[object]:
    changed = customers("entity_update").sync("g-1", client=client, body=models.CustomerUpdate(display_name="Changed"))
    found = customers("entity_get").sync("g-1", client=client)
    return [changed.display_name, found.contract_type]


def delete() -> list[object]:
    gone = customers("entity_delete").sync_detailed("g-1", client=client).status_code
    return [gone == HTTPStatus.NO_CONTENT, refusal(customers("entity_get").sync("g-1", client=client))[0]]


def products(operation: str) -> ModuleType:
    return module(f"catalogue.api.products.products_entity_{operation}")


def calls() -> list[object]:
    """A function by its parameters, and an action by a body."""
    body = module("catalogue.models").ProductsEntityCalculateDiscountBody(percentage=10.0)
    return [
        round(products("get_total_price").sync(LAPTOP, 0.5, client=catalogue).value, 3),
        products("calculate_discount").sync(LAPTOP, client=catalogue, body=body).value,
    ]


def streams() -> list[object]:
    file = module("catalogue.types").File(payload=b"photo", mime_type="application/octet-stream")
    stored = products("photo_set").sync_detailed(LAPTOP, client=catalogue, body=file).status_code
    return [
        stored == HTTPStatus.NO_CONTENT,
        products("photo_get").sync(LAPTOP, client=catalogue).payload.read().decode(),
    ]


feature("v4-read", read)
feature("v4-select", select)
feature("v4-filter", lambda: listed(filter_="contractType eq 1 and contains(displayName,'1')"))
feature("v4-sort", sort)
feature("v4-page", lambda: listed(top=3, skip=5))
feature("v4-count", lambda: customers("count").sync(client=client, filter_="contractType eq 1"))
feature("v4-search", lambda: listed(search='"Name 4"'))
feature("v4-create", create)
feature("v4-update", update)
feature("v4-delete", delete)
feature("v4-calls", calls)
feature("v4-streams", streams)
feature("v4-error", lambda: refusal(customers("list").sync(client=client, filter_="nme eq 'x'")))
report()
