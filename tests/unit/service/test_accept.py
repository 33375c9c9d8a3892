import pytest

from odata_service.service.accept import MediaRange, accepted_ranges

POWER_QUERY = (
    "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
    "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7"
)


def test_alternatives_come_best_first_and_equals_as_they_appear() -> None:
    names = [part.name for part in accepted_ranges("text/plain;q=0.5, application/xml, */*;q=0.1, application/json")]
    assert names == ["application/xml", "application/json", "text/plain", "*/*"]


def test_an_alternative_of_quality_zero_is_left_out() -> None:
    assert accepted_ranges("application/json;q=0") == ()


def test_parameters_are_read_without_case_and_quotes() -> None:
    assert accepted_ranges('Application/JSON;OData.Metadata="Full";IEEE754Compatible=TRUE') == (
        MediaRange("application/json", {"odata.metadata": "full", "ieee754compatible": "true"}),
    )


def test_a_comma_in_quotes_belongs_to_its_parameter() -> None:
    assert accepted_ranges('a/b;x="1,2";q=0.5')[0] == MediaRange("a/b", {"x": "1,2"}, 0.5)


def test_the_list_of_power_query_begins_with_json() -> None:
    first = accepted_ranges(POWER_QUERY)[0]
    assert first == MediaRange("application/json", {"odata.metadata": "minimal"})


@pytest.mark.parametrize("text", ["", ",", ";", "a/b;", "a/b;q=x", '"', "a/b;q=2"])
def test_a_malformed_list_is_read_as_far_as_it_goes(text: str) -> None:
    assert all(part.quality > 0 for part in accepted_ranges(text))
