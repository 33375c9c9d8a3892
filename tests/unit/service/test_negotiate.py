import pytest

from odata_service.errors import BadRequest, NotAcceptable, ODataError
from odata_service.service.negotiate import negotiate, negotiate_metadata, negotiate_version
from odata_service.settings import Limits, Settings

SETTINGS = Settings()
POWER_QUERY = {
    "accept": (
        "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
        "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7"
    ),
    "odata-maxversion": "4.0",
    "maxdataserviceversion": "3.0",
}


@pytest.mark.parametrize(
    ("headers", "version"),
    [
        ({}, "4.0"),
        ({"odata-maxversion": "4.0"}, "4.0"),
        ({"odata-maxversion": "4.01"}, "4.01"),
        ({"odata-maxversion": "9.0"}, "4.01"),
        ({"odata-version": "4.0"}, "4.0"),
        ({"odata-version": "4.01"}, "4.01"),
        ({"odata-version": "4.01", "odata-maxversion": "4.0"}, "4.0"),
        ({"odata-version": "4.0;NetFx", "odata-maxversion": "4.01;NetFx"}, "4.01"),
        ({"odata-version": "4.01; NetFx"}, "4.01"),
        (POWER_QUERY, "4.0"),
    ],
)
def test_the_version_is_the_highest_that_both_sides_speak(headers: dict[str, str], version: str) -> None:
    assert negotiate_version(headers, SETTINGS) == version


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({"odata-maxversion": "3.0"}, NotAcceptable),
        ({"odata-maxversion": "four"}, NotAcceptable),
        ({"odata-version": "5.0"}, BadRequest),
        ({"odata-version": "four"}, BadRequest),
        ({"odata-version": "4.0 NetFx"}, BadRequest),
        ({"odata-version": "5.0;NetFx"}, BadRequest),
        ({"maxdataserviceversion": "3.0"}, BadRequest),
        ({"maxdataserviceversion": "3.0;NetFx"}, BadRequest),
    ],
)
def test_a_version_that_is_not_spoken_is_refused(headers: dict[str, str], refusal: type[ODataError]) -> None:
    with pytest.raises(refusal):
        negotiate_version(headers, SETTINGS)


@pytest.mark.parametrize(
    ("accept", "level"),
    [
        ("*/*", "minimal"),
        ("application/json", "minimal"),
        ("application/json;odata.metadata=full", "full"),
        ("application/json;metadata=none", "none"),
        ("application/json;odata=verbose,text/plain, */*; q=0.01", "minimal"),
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "minimal"),
        ("application/json;odata=fullmetadata", "full"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "minimal"),
        ("application/json;odata.metadata=full;odata.streaming=true;charset=utf-8", "full"),
        ("application/json;foo=bar, application/json;odata.metadata=full;q=0.5", "full"),
    ],
)
def test_the_best_alternative_that_is_known_whole_is_taken(accept: str, level: str) -> None:
    assert negotiate({"accept": accept}, None, SETTINGS).format.metadata_level == level


@pytest.mark.parametrize(
    "accept",
    ["application/xml", "application/json;foo=bar", "application/json;q=0", "application/json;odata.metadata=most"],
)
def test_a_client_that_takes_nothing_offered_gets_not_acceptable(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        negotiate({"accept": accept}, None, SETTINGS)


@pytest.mark.parametrize(
    ("headers", "option", "target"),
    [
        ({"accept": "json"}, None, "Accept"),
        ({"accept": "application/json, json"}, None, "Accept"),
        ({"accept": "application/json, application/json;q=<1"}, None, "Accept"),
        ({"accept": "application/json, application/json;charset=utf<8"}, None, "Accept"),
        ({}, "application/json;charset=utf<8", "$format"),
        ({"accept-charset": "utf<8, utf-8"}, None, "Accept-Charset"),
        ({"accept-charset": "utf-8;level=1"}, None, "Accept-Charset"),
        ({"accept-charset": "utf-8;q=2"}, None, "Accept-Charset"),
    ],
)
def test_a_list_that_is_written_wrongly_is_refused(headers: dict[str, str], option: str | None, target: str) -> None:
    with pytest.raises(BadRequest) as caught:
        negotiate(headers, option, SETTINGS)
    assert (caught.value.status, caught.value.target) == (400, target)


@pytest.mark.parametrize(
    ("headers", "option", "is_told"),
    [
        ({}, None, False),
        ({"accept": "application/json;charset=utf-8"}, None, True),
        ({"accept-charset": "*"}, None, False),
        ({"accept-charset": "iso-8859-1, utf-8;q=0.1"}, None, True),
        ({"accept-charset": "UTF8", "accept": "application/json;charset=utf-16"}, None, True),
        ({"accept-charset": "utf-16"}, "application/json;charset=utf-8", True),
    ],
)
def test_the_charset_is_told_where_it_was_asked_for(headers: dict[str, str], option: str | None, is_told: bool) -> None:
    assert negotiate(headers, option, SETTINGS).charset is is_told


def test_the_format_option_overrides_accept() -> None:
    context = negotiate({"accept": "application/xml"}, "application/json;odata.metadata=none", SETTINGS)
    assert context.format.metadata_level == "none"


@pytest.mark.parametrize("option", ["atom", "xml", "text/csv", "bogus"])
def test_a_format_option_that_data_does_not_have_is_not_acceptable(option: str) -> None:
    with pytest.raises(NotAcceptable):
        negotiate({}, option, SETTINGS)


@pytest.mark.parametrize(
    ("headers", "option", "expected"),
    [
        ({}, None, "xml"),
        ({"accept": "*/*"}, None, "xml"),
        (POWER_QUERY, None, "xml"),
        ({"accept": "application/json"}, None, "json"),
        ({"accept": "application/json", "odata-maxversion": "4.0"}, None, "xml"),
        ({"accept": "application/json", "odata-maxversion": "4.01"}, None, "json"),
        ({"accept": "application/json, application/xml;q=0.5"}, None, "xml"),
        ({"odata-maxversion": "4.0"}, "json", "json"),
        ({"accept": "application/json"}, "xml", "xml"),
        ({"accept": "application/json"}, "application/xml", "xml"),
    ],
)
def test_metadata_is_xml_unless_json_is_wanted_and_may_be_had(
    headers: dict[str, str], option: str | None, expected: str
) -> None:
    assert negotiate_metadata(headers, option, SETTINGS) == expected


@pytest.mark.parametrize("accept", ["", "application/json;charset=utf-8"])
def test_a_charset_other_than_utf_8_is_not_acceptable(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="leaves UTF-8 out"):
        negotiate({"accept-charset": "iso-8859-1", "accept": accept}, None, SETTINGS)


@pytest.mark.parametrize(
    ("prefer", "limits", "size"),
    [
        ("", Limits(), 1_000),
        ("odata.maxpagesize=5", Limits(), 5),
        ("odata.maxpagesize=50000", Limits(), 10_000),
        ("", Limits(page_size=20, max_page_size=10), 10),
        ("odata.maxpagesize=50000", Limits(max_page_size=0), 50_000),
    ],
)
def test_the_page_size_is_what_the_client_prefers_within_the_limit(prefer: str, limits: Limits, size: int) -> None:
    assert negotiate({"prefer": prefer}, None, Settings(limits=limits)).page_size == size
