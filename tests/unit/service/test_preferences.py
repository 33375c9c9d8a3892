import pytest

from odata_service.service.preferences import Preferences, applied_headers, read_preferences


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", Preferences()),
        ("return=minimal", Preferences(returned="minimal")),
        ("return=representation, odata.maxpagesize=5", Preferences("representation", 5)),
        ("maxpagesize=7", Preferences(max_page_size=7, max_page_size_name="maxpagesize")),
        ("odata.maxpagesize=3,maxpagesize=7", Preferences(max_page_size=7, max_page_size_name="maxpagesize")),
        ('odata.maxpagesize="12"; foo=bar , return = minimal', Preferences("minimal", 12)),
        ("odata.maxpagesize=0", Preferences()),
        ("odata.maxpagesize=-1, return=everything", Preferences()),
        ("respond-async, wait=5", Preferences()),
        ("return=minimal, return=representation", Preferences("minimal")),
        ("omit-values=nulls", Preferences(omits_nulls=True)),
        ("omit-values=defaults", Preferences()),
    ],
)
def test_known_preferences_are_read_and_all_else_is_ignored(header: str, expected: Preferences) -> None:
    assert read_preferences(header) == expected


def test_what_is_applied_is_told_in_one_header() -> None:
    preferences = Preferences("representation", 9, "maxpagesize", omits_nulls=True)
    assert applied_headers(preferences, page_size=5) == {"Preference-Applied": "maxpagesize=5, omit-values=nulls"}
    changed = applied_headers(preferences, returned="representation")
    assert changed == {"Preference-Applied": "return=representation, omit-values=nulls"}
    assert applied_headers(preferences, returned="minimal") == {"Preference-Applied": "return=minimal"}
    assert applied_headers(Preferences(), page_size=5) == {}
