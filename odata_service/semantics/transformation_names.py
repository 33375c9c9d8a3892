"""The transformations of $apply by name (Data Aggregation 3); a table of its own, for what only tells of them."""

TRANSFORMATIONS = (
    "addnested",
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
    "join",
    "nest",
    "orderby",
    "outerjoin",
    "search",
    "skip",
    "top",
    "topcount",
    "toppercent",
    "topsum",
    "traverse",
)
"""The names of the transformations that there are."""
