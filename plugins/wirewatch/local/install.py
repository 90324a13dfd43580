"""Builds .venv from the exact pins, with nothing but the standard library: `make` runs it with the Python that you have.

The default torch of Linux brings gigabytes of CUDA packages. What pip would install is asked for first, and where it
is that, the CPU build is taken instead. WIREWATCH_CUDA=1 asks for the default.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
CONSTRAINTS = ROOT / "constraints.txt"
STAMP, LOG = VENV / "installed.json", VENV / "install.log"
OLDEST, NEWEST = (3, 11), (3, 13)
_NEEDED_BYTES = 3 * 1024**3
_PROGRESS_SECONDS = 0.2
_CAUSES = (
    (
        r"No space left on device|Errno 28|Disk quota exceeded",
        "The disk is full: free 3 GB and run the same command again.",
    ),
    (
        r"name resolution|Failed to establish a new connection|Connection refused|Network is unreachable"
        r"|Read timed out|ConnectTimeout|ProxyError|dns error|error sending request|getaddrinfo failed",
        "The package registry cannot be reached: look at the network or the proxy (HTTPS_PROXY), then run it again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "The package registry's certificate is not trusted here: point PIP_CERT at your CA file, then run it again.",
    ),
    (
        r"Permission denied|Errno 13",
        "A file in .venv may not be written: remove .venv, or run as the user who owns it.",
    ),
    (
        r"No matching distribution|Could not find a version",
        "A pinned package is not to be had from the registry that pip is set to: compare `pip config list`.",
    ),
)


class CannotInstall(RuntimeError):
    """Something is in the way; the sentence says what to do."""


def install(*extras: str) -> None:
    """Bring .venv to the pins. At once where it is there already. CannotInstall says what is in the way."""
    wanted = fingerprint(extras)
    if _is_current(wanted):
        return
    check_machine()
    begun = time.monotonic()
    if not PYTHON.exists():
        _say("making .venv")
        _make_venv()
    _install_pip()
    _install_torch()
    name = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    _pip("install", "-e", name, say="the packages")
    STAMP.write_text(json.dumps(wanted), encoding="utf-8")
    _say("")
    sys.stderr.write(f"✓ .venv built in {time.monotonic() - begun:.0f} s\n")


def fingerprint(extras: tuple[str, ...]) -> dict[str, object]:
    """What .venv depends on: pins, project file, Python, the choice of torch, and the extras."""
    files = (CONSTRAINTS, ROOT / "pyproject.toml")
    return {
        "files": hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest(),
        "python": list(sys.version_info[:2]),
        "root": str(ROOT),
        "cuda": bool(os.environ.get("WIREWATCH_CUDA")),
        "extras": sorted(extras),
    }


def check_machine() -> None:
    """CannotInstall where Python is of another version or without venv, or the disk too full."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        message = (
            f"Wirewatch needs Python 3.11, 3.12 or 3.13, and this is {sys.version.split()[0]}: "
            f"name another, as in `make run PYTHON=python3.11`."
        )
        raise CannotInstall(message)
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        message = "This Python has no venv: on Debian and Ubuntu, `apt install python3-venv`."
        raise CannotInstall(message) from None
    free = shutil.disk_usage(ROOT).free
    if free < _NEEDED_BYTES and not STAMP.exists():
        message = (
            f"{free / 1e9:.1f} GB are free on the disk of this folder and 3 are needed: make room, then run it again."
        )
        raise CannotInstall(message)


def _is_current(wanted: dict[str, object]) -> bool:
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
        more = set(found.pop("extras"))
    except (OSError, ValueError, KeyError):
        return False
    less = set(wanted["extras"])  # type: ignore[call-overload]
    return PYTHON.exists() and less <= more and found == {k: v for k, v in wanted.items() if k != "extras"}


def _make_venv() -> None:
    done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise CannotInstall(cause(done.stdout + done.stderr, "The folder .venv could not be made"))


def _install_pip() -> None:
    """The pinned pip: one that is older cannot resolve the same extra spelt in two ways."""
    pin = _pin("pip")
    found = subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, text=True, check=False)
    if f"pip {pin} " not in found.stdout:
        _pip("install", f"pip=={pin}", say="pip")


def _install_torch() -> None:
    version = _pin("torch")
    have = subprocess.run(
        [PYTHON, "-c", "import importlib.metadata as m; print(m.version('torch'))"],
        capture_output=True,
        text=True,
        check=False,
    )
    if have.stdout.strip().split("+")[0] == version:
        return
    wanted = f"torch=={version}"
    if os.environ.get("WIREWATCH_CUDA") or not _brings_cuda(wanted):
        _pip("install", wanted, say="torch")
        return
    _pip("install", f"uv=={_pin('uv')}", say="uv")
    _run(
        [
            *(str(VENV / "bin" / "uv"), "pip", "install", "--python", str(PYTHON)),
            *("--torch-backend", "cpu", "--constraint", str(CONSTRAINTS), wanted),
        ],
        say="torch, CPU build",
        more=" WIREWATCH_CUDA=1 takes the registry's default build instead, with its gigabytes of CUDA.",
    )


def _brings_cuda(wanted: str) -> bool:
    _say("asking what torch would bring")
    command = ["install", "--dry-run", "--quiet", "--ignore-installed", "--report", "-", wanted]
    done = subprocess.run([PYTHON, "-m", "pip", *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotInstall(cause(done.stdout + done.stderr, "torch could not be looked up"))
    names = [item["metadata"]["name"].lower() for item in json.loads(done.stdout)["install"]]
    return any(name.startswith(("nvidia", "cuda")) for name in names)


def _pip(*arguments: str, say: str) -> None:
    command = [str(PYTHON), "-m", "pip", *arguments, "-c", str(CONSTRAINTS), "--progress-bar", "off"]
    _run([*command, "--disable-pip-version-check"], say=say)


def _run(command: list[str], *, say: str, more: str = "") -> None:
    """Run an installer, with a line that counts what it is at; all it prints goes to the log."""
    _say(f"installing {say}")
    seen, shown, lines = 0, 0.0, []
    with (
        LOG.open("a", encoding="utf-8") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process,
    ):
        for line in process.stdout or ():
            log.write(line)
            lines.append(line)
            seen += line.startswith("Collecting ")
            now = time.monotonic()
            if now - shown > _PROGRESS_SECONDS:
                shown = now
                doing = line.split(":")[0] if line.startswith("Installing") else f"{seen} looked up"
                _say(f"installing {say}: {doing}")
    if process.returncode:
        raise CannotInstall(cause("".join(lines[-200:]), f"{say} could not be installed") + more)


def cause(output: str, what: str) -> str:
    """One sentence for an installer's output: what is in the way and what to do."""
    for pattern, sentence in _CAUSES:
        if re.search(pattern, output, re.IGNORECASE):
            return sentence
    last = next((line for line in reversed(output.splitlines()) if line.strip()), "no output")
    return f"{what}: {last.strip()} (all of it: {LOG})"


def _pin(name: str) -> str:
    found = re.search(rf"(?m)^{name}==(\S+)", CONSTRAINTS.read_text(encoding="utf-8"))
    if not found:
        message = f"constraints.txt has no pin for {name}: `git checkout constraints.txt`."
        raise CannotInstall(message)
    return found.group(1)


def _say(text: str) -> None:
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\033[K{text[:width]}")
        sys.stderr.flush()
    elif text and ":" not in text:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    try:
        install(*sys.argv[1:])
    except CannotInstall as problem:
        sys.exit(f"\nwirewatch: {problem}")
    except OSError as problem:
        sys.exit(f"\nwirewatch: {cause(str(problem), 'The installation stopped')}")
    except KeyboardInterrupt:
        sys.exit("\nStopped; the same command goes on where it was.")
