"""The transformations of $apply by name (Data Aggregation 3); a table of its own, for what only tells of them."""

TRANSFORMATIONS = (
    "aggregate",
    "ancestors",
    "bottomcount",
    "bottompercent",
    "bottomsum",
    "compute",
    "concat",
    "descendants",
    "filter",
    "groupby",
    "identity",
    "orderby",
    "search",
    "skip",
    "top",
    "topcount",
    "toppercent",
    "topsum",
)
"""The names of the transformations that there are."""
