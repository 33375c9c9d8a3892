"""What this package knows of vocabularies that others publish: the values of terms that are applied without one."""

from odata_service.edm.annotations import Value

_DEFAULTS: dict[str, Value] = {}
"""Terms whose default is another value than true."""


def default_of(term: str) -> Value:
    """The value of an annotation that states none (CSDL 14.3.1): such terms are tags, true by default."""
    return _DEFAULTS.get(term, True)
