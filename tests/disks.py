"""Disks with little room left, for tests of what happens when there is none."""

from odata_service.storage import DatabaseStore, Store


def limited(store: Store, more_pages: int) -> None:
    """Lets a file of SQLite grow by so many pages."""
    assert isinstance(store, DatabaseStore)
    [(pages,)] = store.connection().execute("PRAGMA page_count").fetchall()
    assert isinstance(pages, int)
    store.connection().execute(f"PRAGMA max_page_count = {pages + more_pages}").fetchall()
