"""How `make docs` builds these pages."""

project = "odata-service"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "alabaster"
myst_heading_anchors = 3
nitpicky = True
