"""What may be set from outside, with its defaults: plain frozen data that knows no file and no environment."""

from typing import Literal

from msgspec import Struct, field


class Limits(Struct, frozen=True):
    """Upper bounds on one request; 0 switches a bound off."""

    max_url_bytes: int = 16 * 1024
    max_body_bytes: int = 16 * 1024 * 1024
    max_depth: int = 100
    max_nodes: int = 2_000
    max_in_list: int = 10_000
    max_expand_depth: int = 5
    max_expand_items: int = 100
    max_expanded_rows: int = 100_000
    max_pattern_states: int = 500
    max_code_calls: int = 100_000
    max_top: int = 0
    max_batch: int = 1_000
    max_members: int = 5_000
    max_entities: int = 10_000
    page_size: int = 1_000
    max_page_size: int = 10_000
    statement_seconds: float = 30.0
    max_waiting: int = 200
    max_spooled_bytes: int = 4 * 1024 * 1024 * 1024
    stall_seconds: float = 60.0
    max_jobs: int = 100
    max_result_bytes: int = 64 * 1024 * 1024
    max_remembered: int = 100_000


class Settings(Struct, frozen=True):
    """How a service behaves apart from its model and its rows."""

    limits: Limits = field(default_factory=Limits)
    default_version: Literal["4.0", "4.01"] = "4.0"
    require_etag: bool = False
    read_only: bool = False
    public_url: str | None = None
    trusted_proxies: int = 0
    timezone: str = "UTC"
    """The IANA name of the zone that a database's own timestamps without one are in."""
    durability: Literal["full", "normal"] = "full"
    search_index: bool = False
    track_changes: bool = True
    """Whether changes of entities are written down, for delta links; of tables that others made where they are so."""
    track_existing: bool = False
    """Whether triggers are made for that beside tables that others made, too."""
    state: str = ""
    """The URL of the database for secrets and asynchronous requests; empty: that of the entities."""
    collection_etags: bool = False
    """Whether collections have ETags, by what is written down of changes."""
    change_retention_days: int = 30
    """How long changes are written down for; 0: for ever."""
    async_seconds: int = 3_600
    """How long the answer to an asynchronous request is kept; 0: all requests are answered at once."""
    repeatable_seconds: int = 86_400
    """How long a request that can be repeated is remembered; 0: none is carried out."""
    cors_origins: tuple[str, ...] = ()
    """The origins whose pages may send requests from browsers, in lower case, as `https://app.example`; `*`: all."""
    callback_hosts: tuple[str, ...] = ()
    """The hosts, with their ports where they have one, that are told of asynchronous requests."""
    v2_path: str = "/v2"
    """Where the same data is served as OData V2, below the service root; empty: nowhere."""
