"""The embedding models' table: which serves, which is wanted, and on which scale each tells likeness."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from psycopg2.extras import Json

from wirewatch.core.scale import Scale, from_json
from wirewatch.io import embedding, postgres
from wirewatch.io.postgres import Connection
from wirewatch.settings import settings

_FILE = "models.json"


class ModelNotMeasured(RuntimeError):
    """No scale is known of a model, so that no threshold is."""


class ModelChanged(RuntimeError):
    """A model's files on this machine are not those that its vectors were made with."""


@dataclass(frozen=True, slots=True)
class Model:
    """An embedding model: the key that its vectors carry, how it is loaded, and the scale of its cosines."""

    key: str
    name: str
    revision: str
    dimensions: int
    scale: Scale
    measured_on: str


def key_of(name: str) -> str:
    """What the vectors of a model carry: its bare name where it is as it came with Wirewatch, else with its revision."""
    revision = embedding.revision(name)
    shipped = {(one.name, one.revision): one.key for one in _of_file(settings().sql / _FILE)}
    return shipped.get((name, revision)) or f"{Path(name).name}@{revision}"


def languages_of(key: str) -> tuple[str, ...] | None:
    """The languages that a model is known to know: of those that Wirewatch comes with; None where it may know all."""
    return next((one.scale.languages for one in _of_file(settings().sql / _FILE) if one.key == key), None)


def wanted(db: Connection) -> Model:
    """The model of WIREWATCH_MODEL, with its scale. ModelNotMeasured, with the command that measures it, where none is known."""
    name = settings().model
    key = key_of(name)
    found = {one.key: one for one in (*_of_file(settings().home / _FILE), *_of_file(settings().sql / _FILE))}
    row = postgres.one(db, "select * from media.model where key = %s", (key,))
    if row is not None:
        found[key] = _of(row)
    if key not in found:
        message = (
            f"WIREWATCH_MODEL is {name}, whose scale is not known yet: `wirewatch models measure` compares it with the model "
            "that Wirewatch comes with on English texts, so that all thresholds hold for it too. Until then nothing changes."
        )
        raise ModelNotMeasured(message)
    one = found[key]
    return Model(one.key, name, one.revision, one.dimensions, one.scale, one.measured_on)


def serving(db: Connection) -> Model:
    """The model by whose vectors everything is judged and searched; before the first vector, the one that is to."""
    row = postgres.one(db, "select * from media.model where state = 'serving'")
    if row is not None:
        return _of(row)
    try:
        return wanted(db)
    except ModelNotMeasured:
        return _of_file(settings().sql / _FILE)[0]


def begin(db: Connection) -> Model:
    """The model that serves; in a new warehouse the wanted one does from now on. Its files here are those it was begun with."""
    row = postgres.one(db, "select * from media.model where state = 'serving'")
    if row is None:
        model = wanted(db)
        make_index(db, model)
        enter(db, model, "serving")
        row = postgres.one(db, "select * from media.model where state = 'serving'")
        assert row is not None
    model = _of(row)
    require_unchanged(model)
    return model


def require_unchanged(model: Model) -> None:
    """ModelChanged where the files of a model are others than when its first vector was made."""
    if model.revision and embedding.revision(model.name) != model.revision:
        message = (
            f"The model {model.name} on this machine is revision {embedding.revision(model.name)}, and the vectors are of "
            f"{model.revision}: put the files back, or keep the new ones in another folder and set WIREWATCH_MODEL to it."
        )
        raise ModelChanged(message)


def enter(db: Connection, model: Model, state: str) -> None:
    """Write a model with its state, in place of what was known of it. Nothing happens where another serves already."""
    row = {**_record(model), "scale": Json(model.scale.knots), "state": state}
    if state == "serving":
        _take_turn(db)
        if postgres.one(db, "select key from media.model where state = 'serving'"):
            return
    if state == "filling":
        postgres.execute(
            db,
            "update media.model set state = 'resting', since = clock_timestamp() where state = 'filling' and key <> %s",
            (model.key,),
        )
    renewed = ", ".join(f"{column} = excluded.{column}" for column in row)
    since = "case when media.model.state = excluded.state then media.model.since else clock_timestamp() end"
    postgres.insert(db, "media.model", [row], f"on conflict (key) do update set {renewed}, since = {since}")


def note_measured(db: Connection, model: Model) -> None:
    """Keep a model's scale, for this warehouse, and in a file for those that this machine makes; its state stays."""
    row = {**_record(model), "scale": Json(model.scale.knots), "state": "measured"}
    renewed = ", ".join(f"{column} = excluded.{column}" for column in row if column != "state")
    postgres.insert(db, "media.model", [row], f"on conflict (key) do update set {renewed}")
    path = settings().home / _FILE
    others = [one for one in _of_file(path) if one.key != model.key]
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(_record(one), ensure_ascii=False) for one in (*others, model)]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def switch(db: Connection, to: Model) -> None:
    """Let a model serve, and the one that did rest."""
    _take_turn(db)
    postgres.execute(
        db,
        "update media.model set state = 'resting', since = clock_timestamp() where state = 'serving' and key <> %s",
        (to.key,),
    )
    enter(db, to, "serving")


def note_move(db: Connection, before: str, after: str, stories: int, run_id: str) -> None:
    """Write down that another model serves from now on."""
    postgres.execute(
        db,
        """
        insert into media.model_move (from_model, to_model, articles, seeds, stories, run_id)
        select %(b)s, %(a)s, (select count(*) from media.embedding where model = %(a)s),
            (select count(*) from media.seed_embedding where model = %(a)s), %(n)s, %(r)s
        """,
        {"b": before, "a": after, "n": stories, "r": run_id},
    )


def resting(db: Connection, days: float) -> list[str]:
    """The models that have not served, and were not being moved to, for so many days."""
    found = postgres.rows(
        db,
        """
        select key from media.model where since <= clock_timestamp() - %s * interval '1 day' and state = 'resting'
        order by key
        """,
        (days,),
    )
    return [row["key"] for row in found]


def forget_vectors(db: Connection, key: str) -> None:
    """A model has no vectors any more; its scale stays known."""
    postgres.execute(db, "update media.model set state = 'measured', since = clock_timestamp() where key = %s", (key,))


def listing(db: Connection) -> list[dict[str, Any]]:
    """The models that this warehouse knows, the one that serves first, with how many vectors each has."""
    return postgres.rows(
        db,
        """
        select m.*, (select count(*) from media.embedding e where e.model = m.key)::int as articles,
            (select count(*) from media.seed_embedding e where e.model = m.key)::int as seeds
        from media.model m order by m.state = 'serving' desc, m.since desc
        """,
    )


def scale_of(db: Connection, key: str) -> Scale:
    """The scale of the model that vectors carry; the common one where it is not known."""
    row = postgres.one(db, "select scale, languages from media.model where key = %s", (key,))
    return from_json(row["scale"], row["languages"]) if row else Scale()


def make_index(db: Connection, model: Model) -> None:
    """Make the indexes by which a model's vectors are searched, where they are missing. Quick while there are none."""
    number = model.dimensions
    for table in ("media.embedding", "media.seed_embedding", "media.seed_passage"):
        row = postgres.one(
            db,
            """
            select 1 as there from pg_index i where i.indrelid = %s::regclass
                and pg_get_expr(i.indpred, i.indrelid) = %s
            """,
            (table, f"(model = '{model.key}'::text)"),
        )
        if row is None:
            name = f"{table.partition('.')[2]}_{sha256(model.key.encode()).hexdigest()[:12]}"
            postgres.execute(
                db,
                f"create index {name} on {table} using hnsw ((vector::halfvec({number})) halfvec_cosine_ops) where model = %s",
                (model.key,),
            )


def _take_turn(db: Connection) -> None:
    """Whoever lets a model serve does so alone, until its transaction ends."""
    postgres.execute(db, "select pg_advisory_xact_lock(hashtext('wirewatch_model'))")


def _of(row: dict[str, Any]) -> Model:
    return Model(
        row["key"],
        row["name"],
        row["revision"],
        row["dimensions"],
        from_json(row["scale"], row.get("languages")),
        row["measured_on"],
    )


def _record(model: Model) -> dict[str, Any]:
    """A model as its table and file have it."""
    languages = model.scale.languages
    return {
        **asdict(model),
        "scale": [list(knot) for knot in model.scale.knots],
        "languages": list(languages) if languages is not None else None,
    }


def _of_file(path: Path) -> list[Model]:
    if not path.exists():
        return []
    return [_of(row) for row in json.loads(path.read_text(encoding="utf-8"))]
