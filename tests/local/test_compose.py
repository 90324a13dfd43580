"""The compose file: that it is well-formed, that every command and setting in it exists, and that nothing in it is open or default."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
import yaml

from wirewatch.local import compose
from wirewatch.local.airflow import POOLS
from wirewatch.local.env_file import make_secrets
from wirewatch.settings import ROOT, Settings

FILE = ROOT / "docker-compose.yml"
DOCUMENT = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES = compose.read(FILE, make_secrets())
OWN = {name: found for name, found in DOCUMENT["services"].items() if "build" in found}
ONCE = ("migrate", "seed")


def commands(service: compose.Service) -> list[list[str]]:
    """The commands of ours that a service runs: words, without a shell around them."""
    lines = (
        service.command[-1].splitlines() if service.command[:1] in (("bash",), ("sh",)) else [" ".join(service.command)]
    )
    return [line.split() for line in lines if line.strip().startswith(("airflow ", "wirewatch "))]


def test_it_is_what_the_compose_specification_allows():
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_services_are_those_of_the_architecture():
    assert set(SERVICES) == {
        *("postgres", "redis", "migrate", "seed", "api-server", "scheduler", "dag-processor", "triggerer"),
        *("worker-fetch", "worker-embed"),
    }
    assert {name for name, service in SERVICES.items() if service.once} == set(ONCE)
    names = [service.name for service in compose.in_order(SERVICES)]
    assert names.index("postgres") < names.index("migrate") < names.index("seed") < names.index("scheduler")


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_service_is_watched_limited_and_closed(name):
    found = DOCUMENT["services"][name]
    assert name in ONCE or found["healthcheck"]["test"]
    assert set(found["deploy"]["resources"]["limits"]) == {"memory", "cpus"}
    assert all(port.startswith("127.0.0.1:") for port in found.get("ports", ()))
    assert name == "postgres" or found["cap_drop"] == ["ALL"]


def test_our_image_does_not_run_as_root():
    lines = DOCUMENT["x-wirewatch"]["build"]["dockerfile_inline"].splitlines()
    assert "USER wirewatch" in lines
    assert not [line for line in lines[lines.index("USER wirewatch") + 1 :] if line.startswith("USER")]


def test_what_must_survive_is_in_volumes():
    assert set(DOCUMENT["volumes"]) == {"postgres", "data"}
    assert all(found["volumes"] == ["data:/data"] for found in OWN.values())
    environment = SERVICES["scheduler"].environment
    for name in ("WIREWATCH_ARCHIVE", "AIRFLOW__LOGGING__BASE_LOG_FOLDER", "WIREWATCH_HOME"):
        assert environment[name].startswith("/data"), name


def test_no_secret_has_a_default():
    demanded = set(re.findall(r"\$\{(WIREWATCH_\w+):\?", FILE.read_text(encoding="utf-8")))
    assert demanded == set(make_secrets())
    with pytest.raises(compose.ComposeError, match="make env"):
        compose.read(FILE, {})


def test_every_setting_of_ours_exists():
    known = {f"WIREWATCH_{name.upper()}" for name in Settings.model_fields} | set(make_secrets())
    used = set(re.findall(r"WIREWATCH_[A-Z_]+", FILE.read_text(encoding="utf-8")))
    assert used <= known


def test_each_setting_can_be_set_in_env_and_is_what_it_is_elsewhere_if_it_is_not():
    of_places = {"home", "dsn", "seeds", "sql", "archive", "postgres_port", "ui_port", "press_port", "captured"}
    larger = {"batch_size"}
    environment = SERVICES["scheduler"].environment
    for name, setting in Settings.model_fields.items():
        if name not in of_places | larger:
            assert environment[f"WIREWATCH_{name.upper()}"] == str(setting.default), name
    given = compose.read(FILE, {**make_secrets(), "WIREWATCH_WINDOW_DAYS": "60"})
    assert {found.environment["WIREWATCH_WINDOW_DAYS"] for name, found in given.items() if name in OWN} == {"60"}


def test_every_setting_of_airflow_exists(tmp_path):
    """Asked of Airflow itself, with the provider's settings, in a process of its own."""
    code = (
        "import json\nfrom airflow.configuration import conf\n"
        "from airflow.providers.celery.get_provider_info import get_provider_info\n"
        "known = {**conf.configuration_description, **get_provider_info()['config']}\n"
        "print(json.dumps({s: sorted(d['options']) for s, d in known.items()}))"
    )
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    known = json.loads(done.stdout.splitlines()[-1])
    for name in {name for service in SERVICES.values() for name in service.environment}:
        if name.startswith("AIRFLOW__"):
            section, _, option = name.removeprefix("AIRFLOW__").lower().partition("__")
            assert option in known.get(section, known.get(section.replace("_", "."), ())), name


def test_every_command_exists():
    import typer
    from airflow.cli.cli_parser import get_parser

    from wirewatch.cli import app

    parser, own = get_parser(), typer.main.get_command(app)
    seen = set()
    for service in SERVICES.values():
        for program, *words in commands(service):
            words = [os.path.expandvars(word.strip('"')) for word in words]
            if program == "airflow":
                parser.parse_args(words)
            else:
                group = own
                for word in words:
                    group = group.commands[word]
            seen.add((service.name, program))
    assert {name for name, _ in seen} == set(OWN)


def test_the_checks_of_health_call_commands_that_exist():
    from airflow.cli.cli_parser import get_parser

    for name, found in OWN.items():
        test = found.get("healthcheck", {}).get("test", ["", ""])[1].replace("$$", "$")
        if test.startswith("airflow "):
            assert get_parser().parse_args(re.sub(r'"\$HOSTNAME"', "here", test).split()[1:]), name
        if test.startswith("celery "):
            path = test.split()[2]
            module, _, attribute = path.rpartition(".")
            assert hasattr(__import__(module, fromlist=[attribute]), attribute)


def test_every_queue_of_the_dags_has_a_worker_and_every_pool_is_made():
    from airflow.dag_processing.dagbag import DagBag

    tasks = [task for dag in DagBag(dag_folder=str(ROOT / "dags")).dags.values() for task in dag.tasks]
    served = [queue for name in OWN if name.startswith("worker") for queue in SERVICES[name].command[4].split(",")]
    assert {task.queue for task in tasks} == set(served)
    made = json.loads(re.search(r"<<EOF\n(.*)\nEOF", SERVICES["migrate"].command[-1], re.DOTALL)[1])
    assert set(made) == set(POOLS) == {task.pool for task in tasks} - {"default_pool"}


def test_no_task_outlasts_the_broker_s_patience():
    from wirewatch.flow import DEFAULTS

    patience = float(SERVICES["scheduler"].environment["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"])
    assert patience > DEFAULTS["execution_timeout"].total_seconds()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("${A}", "one"),
        ("${A:?say}", "one"),
        ("${B:-two}", "two"),
        ("${A:-two}", "one"),
        ("${B}", ""),
        ("$$HOME and ${A}", "$HOME and one"),
        ("a$b", "a$b"),
    ],
)
def test_values_are_put_in_as_compose_does(text, meant):
    assert compose.interpolate(text, {"A": "one"}) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("postgresql://u:p@postgres:5432/x", "postgresql://u:p@127.0.0.1:7/x"),
        ("/opt/wirewatch/plugins", "/src/plugins"),
        ("/opt/wirewatch/airflow", "/own"),
        ("/data", "/home/data"),
        ("/data/archive", "/home/data/archive"),
        ("s3://bucket/data", "s3://bucket/data"),
    ],
)
def test_places_of_containers_become_places_here(text, meant):
    places = {
        "postgres:5432": "127.0.0.1:7",
        "/opt/wirewatch": "/src",
        "/opt/wirewatch/airflow": "/own",
        "/data": "/home/data",
    }
    assert compose.moved(text, places) == meant
