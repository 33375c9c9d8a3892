import pytest

from odata_service.service.preferences import Deferral, Preferences, applied_headers, deferral_of, read_preferences


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
        ("omit-values=nulls", Preferences(omits="nulls")),
        ("omit-values=defaults", Preferences(omits="defaults")),
        ("omit-values=both", Preferences()),
        ("odata.allow-entityreferences", Preferences(refers="odata.allow-entityreferences")),
        ("odata.allow-entityreferences, allow-entityreferences", Preferences(refers="allow-entityreferences")),
    ],
)
def test_known_preferences_are_read_and_all_else_is_ignored(header: str, expected: Preferences) -> None:
    assert read_preferences(header) == expected


def test_what_is_applied_is_told_in_one_header() -> None:
    preferences = Preferences("representation", 9, "maxpagesize", omits="nulls")
    assert applied_headers(preferences, page_size=5) == {"Preference-Applied": "maxpagesize=5, omit-values=nulls"}
    changed = applied_headers(preferences, returned="representation")
    assert changed == {"Preference-Applied": "return=representation, omit-values=nulls"}
    assert applied_headers(preferences, returned="minimal") == {"Preference-Applied": "return=minimal"}
    assert applied_headers(Preferences(), page_size=5) == {}
    referring = Preferences(omits="defaults", refers="odata.allow-entityreferences")
    applied = "omit-values=defaults, odata.allow-entityreferences"
    assert applied_headers(referring) == {"Preference-Applied": applied}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", None),
        ("wait=5", None),
        ("return=minimal, Respond-Async", Deferral()),
        ("wait=5, respond-async", Deferral(5)),
        ("respond-async, wait=x", Deferral()),
        ('respond-async, callback; url="http://a/b?c=1,2"', Deferral(0, "http://a/b?c=1,2")),
        ('respond-async,odata.callback;url="http://a/"', Deferral(0, "http://a/", "odata.callback")),
        ("respond-async, callback", Deferral()),
        ('respond-async, callback; url="', Deferral()),
    ],
)
def test_the_wish_to_be_answered_later_is_read_whole(header: str, expected: Deferral | None) -> None:
    assert deferral_of(header) == expected
