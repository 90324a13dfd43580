"""Every setting of Wirewatch, in one place, read from environment variables that start with WIREWATCH_."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: the folder that holds dags/, plugins/, seeds/ and sql/."""


class SettingMissing(RuntimeError):
    """A setting that has no default was not given."""


MOST_STRICTNESS = 0.2
"""How far the thresholds of copies may be moved, either way."""


class Settings(BaseSettings):
    """What can be set; each field is the variable WIREWATCH_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="WIREWATCH_", frozen=True)

    home: Path = Field(default=ROOT / ".wirewatch", description="where state lives: database, archive, logs, secrets")
    dsn: SecretStr | None = Field(default=None, description="libpq connection string of the warehouse")
    seeds: Path = Field(default=ROOT / "seeds", description="seed articles, feeds.opml, topics/, watchlists.yaml")
    sql: Path = Field(default=ROOT / "sql", description="migrations, views and example queries")
    archive: str = Field(default="", description="where raw pages go: a folder or an fsspec URL; empty: home/archive")
    model: str = Field(default="all-MiniLM-L6-v2", description="sentence-transformers model: a name or a folder")
    embed_precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto",
        description="in what embedding multiplies matrices; auto: bfloat16 where the processor does that by itself, at twice the speed",
    )
    old_vector_days: float = Field(
        default=7.0,
        ge=0,
        description="how long the vectors of a model that served before are kept, so that moving back is quick",
    )
    user_agent: str = Field(default="Wirewatch/0.1 (+https://example.org/wirewatch)", description="who we say we are")
    allow_private: str = Field(
        default="", description="addresses or networks on loopback or LAN that may be fetched, comma separated"
    )
    host_spacing: float = Field(default=1.0, description="seconds between two requests to one host")
    at_once: int = Field(default=64, description="requests that one task has under way, over all hosts")
    fetch_minutes: float = Field(
        default=5.0, description="how long one task begins new requests; what is left goes to the next run"
    )
    fetch_deadline: float = Field(default=30.0, description="seconds for one whole fetch, redirects included")
    max_bytes: int = Field(default=10_000_000, description="largest body, after decompression")
    batch_size: int = Field(default=200, description="entries claimed by one run")
    buckets: int = Field(default=4, description="parallel fetch, clean and embed tasks in one run")
    lease_minutes: float = Field(
        default=15.0, description="how long a batch may be silent before another run takes it over"
    )
    max_attempts: int = Field(default=5, description="tries of one entry before it goes to quarantine")
    window_days: int = Field(default=30, description="how far back copies and stories are looked for")
    copy_strictness: float = Field(
        default=0.0,
        ge=-MOST_STRICTNESS,
        le=MOST_STRICTNESS,
        description="added to the thresholds of copies: above 0 fewer are copies; try it with `wirewatch copies judge-again`",
    )
    retention_days: int = Field(default=90, description="how long polls, attempts and alarms are kept")
    retention_months: int = Field(
        default=0,
        ge=0,
        description="months whose texts, vectors, pages and polls are kept, the present one not counted; 0: all",
    )
    request_days: int = Field(default=14, description="how long single requests are kept before they are summed by day")
    postgres_port: int = Field(default=15432, description="loopback port of the embedded Postgres")
    page_url: str = Field(
        default="",
        description="address of the Newsroom as people reach it, for links in messages; empty: this machine's",
    )
    ui_port: int = Field(default=8080, description="loopback port of the Airflow UI")
    press_port: int = Field(default=8900, description="first loopback port of the demonstration press")
    captured: Path | None = Field(default=None, description="folder of captured pages that the press serves instead")

    @property
    def archive_url(self) -> str:
        """Where raw pages are kept."""
        return self.archive or str(self.home / "archive")

    @property
    def page(self) -> str:
        """The Newsroom's address."""
        return self.page_url.rstrip("/") or f"http://127.0.0.1:{self.ui_port}/newsroom"

    def warehouse(self) -> str:
        """The warehouse's connection string; SettingMissing with what to do where there is none."""
        if self.dsn is None:
            message = "No warehouse: start one with `make run`, or set WIREWATCH_DSN to a Postgres connection string."
            raise SettingMissing(message)
        return self.dsn.get_secret_value()


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
