"""Complex values lead to entities alike on every database."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ask
from tests.places import bare, places
from tests.servers import FAMILIES, database_url


@pytest.fixture(params=FAMILIES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with database_url(request.param) as url, places(url) as made:
        yield made


def test_entities_around_a_value_are_read_written_and_ended(service: Service) -> None:
    expand = "$expand=address/country($select=code),address/regions($select=id),address/remarks($select=text)"
    read = f"Visitors('ann')?{expand}&$select=id"
    regions = [{"id": 1}, {"id": 2}]
    assert bare(ask(service, "GET", read).json["address"]) == {
        "country": {"code": "DE"},
        "regions": regions,
        "remarks": [{"text": "left"}],
    }
    condition = "address/country/code eq 'DE' and address/regions/any(r:r/id eq 2)"
    assert ask(service, "GET", f"Visitors?$filter={condition}").column("id") == ["ann"]
    assert bare(ask(service, "GET", "Visitors('bob')/address/geo.ForeignAddress/visa").json) == {
        "id": 3,
        "title": "region 3",
    }
    ask(service, "PATCH", "Visitors('ann')", {"address": {"country@odata.bind": "Countries('FR')"}})
    assert ask(service, "GET", "Countries('FR')/visitors").column("id") == ["ann", "bob"]
    ask(service, "PATCH", "Visitors('ann')", {"address": None})
    ask(service, "PATCH", "Visitors('ann')", {"address": {}})
    nothing: dict[str, object] = {"country": None, "regions": [], "remarks": []}
    assert bare(ask(service, "GET", read).json["address"]) == nothing
