"""Filled stores as released versions left them, as SQL of SQLite."""

from pathlib import Path

HERE = Path(__file__).parent


def file_of(version: int) -> Path:
    """Where the store of a version is kept."""
    return HERE / f"v{version}.sql"
