"""A million articles a day from 200,000 feeds, simulated from measured costs: queues, machines needed, and what breaks first.

Not a forecast of anybody's network: pages take as long as HOST_SECONDS says. What is computed here is taken from
tests/bench/results (ingest, deduplicate), measured by `make bench` on the machine at hand; news comes by the hour of the day as
in HOURS, the shape of a day of a European and American feed list.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from bench import report  # noqa: E402
from wirewatch.jobs import poll  # noqa: E402

HOURS = (
    2.2,
    1.9,
    1.8,
    1.9,
    2.3,
    3.1,
    4.2,
    5.1,
    5.6,
    5.8,
    5.9,
    5.8,
    5.7,
    5.8,
    5.9,
    5.8,
    5.6,
    5.3,
    5.0,
    4.6,
    4.1,
    3.7,
    3.3,
    2.6,
)
"""Percent of a day's articles by hour, UTC."""
HOST_SECONDS, AT_ONCE = 1.5, 16
"""How long a page takes to come, and how many one fetch task has under way (jobs/fetch.py)."""
TASK_SECONDS = 1.0
"""What Airflow takes for each task (measured: some 0.9 s with Celery, 0.1 to 0.2 of run and a scheduler's tick)."""
SERIAL_TASKS, STAGES = 6, 3
POLLS_A_FEED = 24.0
"""Polls of one feed in a day, on average: adaptive polling asks a feed that brings five articles a day about hourly."""
FEEDS_AT_ONCE, POLL_BUCKETS, POLL_EVERY = 64, 4, 300.0
"""Requests of one poll task at once, tasks of one run, and seconds between two runs (jobs/poll.py, dags/poll_feeds.py)."""


MOST_FEEDS = poll._LIMIT
"""Feeds that one run polls at most."""


@dataclass(frozen=True)
class Costs:
    """Seconds of one core for one article, by stage; looking up is part of `embed`; judging, tagging and loading are serial."""

    clean: float
    embed: float
    serial: float


@dataclass(frozen=True)
class Cluster:
    """Machines with one core, a worker of the queue `fetch` and one of `embed`; entries in a batch, and parallel tasks in a run."""

    machines: int
    batch: int
    buckets: int


@dataclass(frozen=True)
class Day:
    """What a day comes to: the longest backlog, the delay at worst, and the share of time that each part is busy."""

    articles: int
    machines: int
    batch: int
    run_seconds: float
    per_minute: float
    longest_queue: int
    worst_delay_minutes: float
    left_at_midnight: int
    first_to_break: str


@dataclass(frozen=True)
class Polling:
    """What polling all feeds comes to, with so many workers on the queue `fetch`: cores kept busy, and how late polls are."""

    feeds: int
    fetch_workers: int
    polls_a_second: float
    cores_busy: float
    network_busy: float
    run_seconds: float
    late_minutes: float


def polling(cpu: float, workers: int, feeds: int, seconds: float) -> Polling:
    """Poll runs every five minutes: each takes what is due (MOST_FEEDS at most) in POLL_BUCKETS tasks.

    `cpu` is seconds of a core for a poll, `seconds` how long a feed takes to answer.
    """
    due = feeds * POLLS_A_FEED / 86_400 * POLL_EVERY
    share = min(due, MOST_FEEDS) / POLL_BUCKETS
    task = TASK_SECONDS + max(share * cpu, share * seconds / FEEDS_AT_ONCE)
    took = 2 * TASK_SECONDS + task * -(-POLL_BUCKETS // workers)
    lasting = max(POLL_EVERY, took)
    rate = min(due / POLL_EVERY, min(due, MOST_FEEDS) / lasting)
    wanted = due / POLL_EVERY
    late = 0.0 if rate >= wanted else (wanted / rate - 1) * 86_400 / POLLS_A_FEED / 60
    network = rate * seconds / (FEEDS_AT_ONCE * min(workers, POLL_BUCKETS))
    return Polling(
        feeds, workers, round(rate, 1), round(rate * cpu, 2), round(network, 2), round(took, 1), round(late, 1)
    )


def run_seconds(costs: Costs, made: Cluster, entries: int) -> dict[str, float]:
    """How long the parts of a run take with `entries` in it."""
    share = entries / made.buckets
    rounds = -(-made.buckets // made.machines)
    return {
        "fetching": rounds * share * HOST_SECONDS / AT_ONCE,
        "cleaning": rounds * share * costs.clean,
        "embedding": rounds * share * costs.embed,
        "judging and loading (serial)": entries * costs.serial,
        "Airflow": (SERIAL_TASKS + STAGES) * TASK_SECONDS,
    }


def day(costs: Costs, made: Cluster, articles: int) -> tuple[Day, list[dict[str, float]]]:
    """Simulate one day, run after run, as `ingest_articles` has them: one at a time, the next as soon as something waits."""
    now, waiting, arrived, longest, worst = 0.0, 0.0, 0.0, 0.0, 0.0
    spent: dict[str, float] = {}
    curve: list[dict[str, float]] = []
    while now < 86_400:
        entries = int(min(waiting, made.batch))
        parts = run_seconds(costs, made, entries) if entries else {"Airflow": 10.0}
        for name, seconds in parts.items():
            spent[name] = spent.get(name, 0.0) + seconds
        took = sum(parts.values())
        rate = articles * HOURS[int(now // 3600) % 24] / sum(HOURS) / 3600
        new = rate * took
        arrived += new
        waiting += new - entries
        now += took
        longest = max(longest, waiting)
        full = made.batch / sum(run_seconds(costs, made, made.batch).values())
        worst = max(worst, waiting / full)
        if not curve or now - curve[-1]["hour"] * 3600 >= 1800:
            curve.append({"hour": round(now / 3600, 2), "queue": waiting})
    whole = run_seconds(costs, made, made.batch)
    seconds = sum(whole.values())
    breaks = max(whole, key=lambda name: whole[name])
    found = Day(
        articles,
        made.machines,
        made.batch,
        seconds,
        60 * made.batch / seconds,
        int(longest),
        worst / 60,
        int(waiting),
        breaks,
    )
    return found, curve


def measured() -> Costs:
    """The costs that `make bench` measured here."""
    rows = {
        row["stage"]: row["cpu_ms"] / 1000 for row in json.loads((report.RESULTS / "ingest.json").read_text())["rows"]
    }
    window = json.loads((report.RESULTS / "deduplicate.json").read_text())["rows"][-1]
    serial = (window["judge_cpu"] + window["load_cpu"]) / 1000 + rows["tag"]
    return Costs(rows["clean"], rows["embed"] + window["look_up_cpu"] / 1000, serial)


def measured_poll() -> float:
    """CPU seconds of one poll, as `make bench ONLY=poll` measured it here: one in five brings something new."""
    rows = {row["poll"]: row["cpu_ms"] / 1000 for row in json.loads((report.RESULTS / "poll.json").read_text())["rows"]}
    return float(0.2 * rows["two new entries"] + 0.8 * rows["unchanged"])


def main() -> None:
    """Simulate clusters of growing size, print a table and plot the queue of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--feeds", type=int, default=200_000)
    chosen = parser.parse_args()
    costs = measured()
    small = Cluster(machines=1, batch=400, buckets=4)
    sizes = [small, *(Cluster(n, 2000, max(4, n)) for n in (2, 4, 8, 16, 32))]
    found, curves = [], []
    for made in sizes:
        result, curve = day(costs, made, chosen.articles)
        found.append(result)
        curves.append(curve)
    found += [day(costs, sizes[-1], chosen.articles * times)[0] for times in (2, 4)]
    report.write(
        "simulate",
        f"{__doc__}\nThe last rows are the largest cluster with twice and four times as many articles.",
        found,
    )
    hours = [f"{hour}" for hour in range(0, 24, 3)]
    rows = []
    for hour in hours:
        row: dict[str, object] = {"hour": hour}
        for made, curve in zip(sizes, curves, strict=True):
            near = min(curve, key=lambda point: abs(point["hour"] - float(hour)))
            row[f"{made.machines} machine{'s' if made.machines > 1 else ''}"] = near["queue"]
        rows.append(row)
    report.plot("simulate", rows, "hour", [column for column in rows[0] if column != "hour"], "entries that wait")
    polls = [polling(measured_poll(), workers, chosen.feeds, HOST_SECONDS) for workers in (1, 2, 4)]
    polls += [polling(measured_poll(), 4, feeds, HOST_SECONDS) for feeds in (1_000, 10_000, 1_000_000)]
    report.write("simulate_polling", f"Polling of {chosen.feeds:,} feeds. {polling.__doc__}", polls)


if __name__ == "__main__":
    main()
