"""`python -m wirewatch`: the command line."""

from wirewatch.cli import app

app(prog_name="wirewatch")
