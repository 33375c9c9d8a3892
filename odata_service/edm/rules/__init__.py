"""The rules of the standard over a collected model: every breach becomes a `Problem` at its place (CSDL 4 to 15).

What makes a model unusable is an error; what other readers will stumble over, or what was surely meant otherwise, is a
warning: documents that others publish break many a rule, and are served all the same.
"""

from odata_service.edm.rules.every import problems_of

__all__ = ["problems_of"]
