"""Setting up works on a fresh machine: today, next year, and with the pip that each Python brings."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.11", "3.12", "3.13")


@cache
def interpreter(version: str) -> str | None:
    """A Python of this version that can make environments: this one, one on the path, or one of pyenv's."""
    named = [sys.executable, shutil.which(f"python{version}") or "", f"/usr/bin/python{version}"]
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    named += [str(path) for path in sorted(root.glob(f"versions/{version}*/bin/python{version}"))]
    ask = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    for each in named:
        if not each or not Path(each).exists():
            continue
        told = subprocess.run([each, "-c", ask], capture_output=True, text=True, check=False).stdout
        if told.strip() == version:
            return each
    return None


def made(target: str, **variables: object) -> "subprocess.CompletedProcess[str]":
    command = ["make", *(f"{name}={value}" for name, value in variables.items()), target]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "VIRTUAL_ENV"))}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)


def home_of_this(python: str) -> Path | None:
    """The environment in which this runs, where `make` set it up with that Python: it was done once."""
    home = ROOT / ".venv"
    own = python == sys.executable and Path(sys.prefix) == home and (home / ".installed").exists()
    return home if own else None


def installed(home: Path) -> set[str]:
    listed = [home / "bin" / "python", "-m", "pip", "list", "--format", "freeze", "--disable-pip-version-check"]
    lines = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()
    return {canonicalize_name(name) + "==" + told for name, _, told in (each.partition("==") for each in lines)}


def locked(python: str) -> set[str]:
    """What the lock names for a Python on this machine."""
    ask = "import platform; print(platform.python_version())"
    full = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    where = {**default_environment(), "python_version": full.rpartition(".")[0], "python_full_version": full}
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    asked = [Requirement(each.rstrip(" \\")) for each in lines if re.match(r"[a-z]", each)]
    return {canonicalize_name(each.name) + str(each.specifier) for each in asked if _holds(each, where)}


def _holds(asked: Requirement, where: dict[str, str]) -> bool:
    return asked.marker is None or asked.marker.evaluate(where)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_lock_installs_whole_with_the_pip_of_each_python(version, tmp_path):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"no Python {version} with venv and ensurepip on this machine")
    home = home_of_this(python) or tmp_path / "venv"
    setting_up = made(f"{home}/.installed", PYTHON=python, VENV=home)
    assert setting_up.returncode == 0, setting_up.stderr[-2000:]
    assert installed(home) >= locked(python), "what the lock names, and no other version"
    checked = subprocess.run(
        [home / "bin" / "python", "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    asked = subprocess.run([home / "bin" / "licet", "--help"], capture_output=True, text=True, check=False)
    assert asked.returncode == 0 and "serve" in asked.stdout, asked.stderr


def wheel(folder: Path, name: str, version: str, *requires: str) -> str:
    """A wheel with nothing but a name and what it requires; its line in a lock."""
    path, home = folder / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nProvides-Extra: mail\n"
    parts = {
        f"{home}/METADATA": metadata + "".join(f"Requires-Dist: {each}\n" for each in requires),
        f"{home}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path_},sha256={_urlsafe(text)},{len(text.encode())}" for path_, text in parts.items()]
    with zipfile.ZipFile(path, "w") as archive:
        for path_, text in (*parts.items(), (f"{home}/RECORD", "\n".join([*record, f"{home}/RECORD,,"]) + "\n")):
            archive.writestr(path_, text)
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def _urlsafe(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_lock_that_is_older_than_the_index_is_installed_as_it_is(version, tmp_path):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"no Python {version} with venv and ensurepip on this machine")
    index = tmp_path / "index"
    index.mkdir()
    # The way in which the demo's servers ask for pydantic: an extra, and no upper bound.
    lock = wheel(index, "asks", "1.0", "model[mail]>=2.12") + wheel(index, "model", "2.14")
    wheel(index, "model", "3.0")
    (tmp_path / "requirements.lock").write_text(lock)
    subprocess.run([python, "-m", "venv", tmp_path / "venv"], check=True)
    said = made("--dry-run", PYTHON=python, VENV=tmp_path / "venv", STAMP="/nowhere/.installed").stdout
    line = next(each for each in said.splitlines() if "requirements.lock" in each and "pip install" in each)
    installing = subprocess.run(
        line,
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index), "PIP_CONFIG_FILE": os.devnull},
    )
    assert installing.returncode == 0, installing.stderr[-2000:]
    shown = subprocess.run(
        [tmp_path / "venv" / "bin" / "python", "-m", "pip", "show", "model"], capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"^Version: 2\.14$", shown, re.MULTILINE)
