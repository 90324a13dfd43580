"""The documents say what is so: modules, commands, make targets, links."""

from __future__ import annotations

import ast
import os
import re

import pytest

from wirewatch.settings import ROOT, Settings

PACKAGE = ROOT / "plugins" / "wirewatch"
README = (ROOT / "README.md").read_text(encoding="utf-8")
MARKS = re.compile(r"(<!-- modules: [^\n]*-->\n).*(<!-- /modules -->)", re.DOTALL)


def module_table() -> str:
    """Every module with the first line of its docstring."""
    rows = ["| module | subject |", "|---|---|"]
    for path in sorted(PACKAGE.rglob("*.py")):
        subject = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").splitlines()
        assert subject, f"{path} has no docstring"
        rows.append(f"| `{path.relative_to(PACKAGE).with_suffix('')}` | {subject[0].replace('|', chr(92) + '|')} |")
    return "\n".join(rows) + "\n"


def test_the_module_table_is_of_the_modules():
    path = ROOT / "CONTRIBUTING.md"
    text = path.read_text(encoding="utf-8")
    wanted = MARKS.sub(lambda found: found[1] + module_table() + found[2], text)
    if os.environ.get("WIREWATCH_WRITE_MODULES"):
        path.write_text(wanted, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == wanted, "`make modules` writes it anew"


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_link_leads_to_a_file(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (ROOT / target).exists(), target


def test_every_dag_has_its_row_in_the_readme():
    rows = re.findall(r"^\| `(\w+)` \|", README.split("| DAG |")[1].split("\n\n")[0], re.MULTILINE)
    assert sorted(rows) == sorted(path.stem for path in (ROOT / "dags").glob("*.py"))


def test_every_make_target_in_the_readme_exists():
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    assert set(re.findall(r"`?make ([a-z]+)", README)) - {"that"} <= targets


def test_every_command_in_the_readme_exists():
    import click
    import typer

    from wirewatch.cli import app

    group = typer.main.get_command(app)
    assert isinstance(group, click.Group) or hasattr(group, "commands")
    for name in re.findall(r"wirewatch ([a-z-]+)", README):
        assert name in group.commands or name == "in", name


def test_every_setting_in_the_readme_exists():
    known = {f"WIREWATCH_{name.upper()}" for name in Settings.model_fields} | {"WIREWATCH_CUDA"}
    assert set(re.findall(r"WIREWATCH_[A-Z_]+", README)) <= known
