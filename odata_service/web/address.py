"""Where and how the server listens."""

from pathlib import Path

from msgspec import Struct


class Address(Struct, frozen=True):
    """Host and port, and what belongs to the processes behind them."""

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    shutdown_seconds: int = 30
    access_log: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None

    @property
    def scheme(self) -> str:
        """`https` with a certificate."""
        return "https" if self.tls_cert else "http"
