"""Which requests are answered as OData V2."""

from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.service import Request
from odata_service.settings import Limits, Settings
from odata_service.web import create_app
from odata_service.web.faces import Faces
from tests.asking import service_of
from tests.models import METADATA


@pytest.mark.parametrize(
    ("v2_path", "path", "is_v2"),
    [
        ("/v2", "v2/Customers", True),
        ("/v2", "v2", True),
        ("/v2", "v2/", True),
        ("/v2", "Customers", False),
        ("/old/odata/", "old/odata/Customers", True),
        ("/old", "v2/Customers", False),
        ("", "v2/Customers", False),
    ],
)
def test_what_is_below_the_path_of_v2_is_v2(v2_path: str, path: str, is_v2: bool) -> None:
    with service_of(load_schema(str(METADATA)), Settings(v2_path=v2_path)) as service:
        answer = Faces(service).handle(Request("GET", path))
    assert ("DataServiceVersion" in answer.headers) == is_v2
    assert ("OData-Version" in answer.headers) != is_v2


@pytest.mark.parametrize(("path", "is_v2"), [("/v2/Customers", True), ("/v2/$batch", True), ("/Customers", False)])
def test_what_is_refused_before_it_is_read_is_told_in_words_of_its_protocol(
    tmp_path: Path, path: str, is_v2: bool
) -> None:
    settings = Settings(limits=Limits(max_body_bytes=10))
    client = create_app(load_schema(str(METADATA)), f"sqlite:///{tmp_path / 'a.db'}", settings=settings).test_client()
    answer = client.post(path, data=b"{}" * 10, content_type="application/json")
    message = answer.get_json()["error"]["message"]
    assert answer.status_code == 413
    assert (message["value"] if is_v2 else message).startswith("The body is larger than 10 bytes")
    assert ("DataServiceVersion" in answer.headers) == is_v2
