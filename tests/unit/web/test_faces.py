"""Which requests are answered as OData V2."""

import pytest

from odata_service.definition import load_schema
from odata_service.service import Request
from odata_service.settings import Settings
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
