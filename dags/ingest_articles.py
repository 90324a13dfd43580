"""
### Ingest articles
Runs when entries wait: **claim → fetch[] → clean[] → embed[] → deduplicate → tag → load → reconcile**, and once more where
entries still wait. State is in Postgres: an entry moves from stage to stage, each move committed with its result, so every
task can be killed and run again. XCom carries keys and counts only.

**When it fails:** one bad page never fails a task; it is tried again later or set aside in `ingest.quarantine`. A failed task
means that Postgres was away, a lease was lost to a later run, or a bug: its log says which. Clear it, or let the next run
finish its work: it takes over what this one left. `reconcile` fails where the ledger does not add up, and names the rows.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import dag, task

from wirewatch import flow


@dag(
    schedule=[flow.ENTRIES],
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=flow.DEFAULTS,
    deadline=flow.deadline(minutes=30),
    doc_md=__doc__,
    tags=["wirewatch", "ingest"],
)
def ingest_articles():
    @task(
        doc_md="Claims due entries in one batch, leftovers of dead runs first. One item a bucket; none where nothing waits."
    )
    def claim() -> list[dict[str, int]]:
        from wirewatch.jobs import batches

        return batches.claim(flow.warehouse(), flow.run_id())

    @task(
        pool="fetch",
        queue="fetch",
        doc_md="Fetches the bucket's pages politely into the archive. Clear it at will: fetched pages stay.",
    )
    def fetch(work: dict[str, int]) -> dict[str, int]:
        from wirewatch.jobs import fetch as job

        return flow.staged(
            "fetch", lambda: job.fetch(flow.warehouse(), work["batch"], work["bucket"], flow.run_id()), **work
        )

    @task(
        doc_md="Finds the article in each page, or rejects the page with a reason. Reads the archive, not the network."
    )
    def clean(work: dict[str, int]) -> dict[str, int]:
        from wirewatch.jobs import clean as job

        return flow.staged(
            "clean", lambda: job.clean(flow.warehouse(), work["batch"], work["bucket"], flow.run_id()), **work
        )

    @task(
        pool="embed",
        queue="embed",
        doc_md="Embeds titles, beginnings and passages, and looks up what is known near each. The model is loaded once here.",
    )
    def embed(work: dict[str, int]) -> dict[str, int]:
        from wirewatch.jobs import embed as job

        return flow.staged("embed", lambda: job.embed(flow.warehouse(), work["batch"], work["bucket"]), **work)

    @task(
        doc_md="Judges each entry in order of arrival, by what was looked up and what was judged since: rungs url, exact, near, semantic."
    )
    def deduplicate(work: list[dict[str, int]]) -> dict[str, int]:
        from wirewatch.jobs import deduplicate as job

        batch = work[0]["batch"]
        return flow.staged("deduplicate", lambda: job.deduplicate(flow.warehouse(), batch, flow.run_id()), batch=batch)

    @task(doc_md="Gives topics (IPTC Media Topics) with score and evidence, or none, and finds the watchlists' names.")
    def tag(work: list[dict[str, int]]) -> dict[str, int]:
        from wirewatch.jobs import tag as job

        batch = work[0]["batch"]
        return flow.staged("tag", lambda: job.tag(flow.warehouse(), batch, flow.run_id()), batch=batch)

    @task(doc_md="Writes article, copies, topics, mentions and ledger row in one transaction for each entry.")
    def load(work: list[dict[str, int]]) -> dict[str, int]:
        from wirewatch.jobs import load as job

        batch = work[0]["batch"]
        return flow.staged("load", lambda: job.load(flow.warehouse(), batch, flow.run_id()), batch=batch)

    @task(
        outlets=[flow.ARTICLES],
        doc_md="Closes the batch and checks its rows of the ledger: discovered = loaded + duplicate + rejected + quarantined + pending.",
    )
    def reconcile(work: list[dict[str, int]]) -> dict[str, int]:
        from wirewatch.jobs import batches

        batch = work[0]["batch"]
        return flow.staged("reconcile", lambda: batches.reconcile(flow.warehouse(), batch), batch=batch)

    @task(
        outlets=[flow.ENTRIES],
        doc_md="Starts the next run at once where entries still wait; skipped where none does.",
    )
    def again() -> int:
        from wirewatch.jobs import batches

        return batches.due(flow.warehouse()) or flow.skip("nothing waits in the ledger")

    work = claim()
    embedded = fetch.expand(work=work) >> clean.expand(work=work) >> embed.expand(work=work)
    embedded >> deduplicate(work) >> tag(work) >> load(work) >> reconcile(work) >> again()


ingest_articles()
