"""Alerts: what is observed now becomes new alerts, more of known ones, or the end of some; all in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from wirewatch.core import alerting
from wirewatch.core.alert_file import AlertPlan, Rule
from wirewatch.core.alerting import Observation
from wirewatch.io import alert_sources as sources
from wirewatch.io import alerts as table
from wirewatch.io import postgres
from wirewatch.io.postgres import Connection
from wirewatch.jobs import observe, observe_counts
from wirewatch.settings import settings

_FIRST_LOOK = timedelta(hours=1)
_SLACK = timedelta(hours=1)
"""A transaction may commit an article some time after it stamped it: so far back it is looked once more."""


def plan() -> AlertPlan:
    """The plan of seeds/alerts.yaml."""
    return table.read_plan(settings().seeds / table.FILE)


def decide(dsn: str, chosen: AlertPlan) -> dict[str, int]:
    """Look for what is to be told and record it, with what is to be sent. Counts: new, more, over.

    Alerts and what is to be sent of them are one transaction: a kill leaves both or neither, and the next run sees the same.
    """
    with postgres.transaction(dsn) as db:
        table.take_turn(db)
        now = sources.now(db)
        before = table.checked(db, now)
        since = (before or now - _FIRST_LOOK + _SLACK) - _SLACK
        rules = {rule.name: rule for rule in chosen.rules}
        observed = [seen for rule in chosen.rules for seen in _observe(db, rule, since, now)]
        decision = alerting.decide(observed, table.known(db, now), now)
        table.end(db, decision.over, now)
        for alert_id, seen in decision.more:
            table.add(db, alert_id, seen, now)
        for seen in decision.new:
            rule = rules[seen.rule]
            table.open_new(db, seen, rule, now, chosen.to(rule.channels))
    return {"new": len(decision.new), "more": len(decision.more), "over": len(decision.over)}


def _observe(db: Connection, rule: Rule, since: datetime, now: datetime) -> list[Observation]:
    if rule.kind == "hit":
        return observe.hits(db, rule, since)
    if rule.kind == "spike":
        return observe_counts.spikes(db, rule, now)
    if rule.kind == "silence":
        return observe_counts.silences(db, rule)
    if rule.kind == "freshness":
        return observe.freshness(db, rule, now)
    if rule.kind == "gap":
        return observe.gaps(db, rule, now)
    return observe.quarantine(db, rule)
