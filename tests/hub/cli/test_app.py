"""The command as a whole: its version, its help, and the form of a failure."""

import tomllib
from pathlib import Path

import pytest

from hub.cli.app import app
from tests.journeys.commands import Done, run

ROOT = Path(__file__).parents[3]


def test_the_version_is_that_of_the_distribution():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert run("--version") == Done(0, f"licet {version}\n", "")


@pytest.mark.parametrize("command", [(), ("devices",), ("devices", "approve"), ("tail",), ("demo", "sign-push")])
def test_help_is_a_letter_away_at_every_level(command):
    done = run(*command, "-h")
    assert done.returncode == 0 and "Usage: licet" in " ".join(done.stdout.split())
    assert done == run(*command, "--help")


def test_a_wrong_call_ends_with_2():
    assert run("devices", "aprove", "SN-1").returncode == 2
    assert run("nothing-like-it").returncode == 2


def commands(group, *above):
    """Every command with its path; a group that does something by itself is one too."""
    for name, each in group.commands.items():
        if not hasattr(each, "commands") or each.invoke_without_command:
            yield (*above, name), each
        if hasattr(each, "commands"):
            yield from commands(each, *above, name)


def test_every_command_and_each_of_its_options_says_what_it_is_for():
    import typer

    for path, command in commands(typer.main.get_command(app)):
        assert command.help, path
        for option in command.params:
            required_argument = option.param_type_name == "argument"
            assert required_argument or option.help, (path, option.name)


def test_what_lists_or_answers_has_json():
    import typer

    answering = {"list", "pending", "check", "connectors", "tail", "plan", "why", "unresolved", "history", "verify"}
    found = dict(commands(typer.main.get_command(app)))
    for path, command in found.items():
        if path[-1] in answering:
            assert any("--json" in option.opts for option in command.params), path
    assert answering <= {path[-1] for path in found}


def test_check_says_what_is_there_and_that_a_store_is_made_by_serving(tmp_path):
    assert run("init", str(tmp_path / "hub")).returncode == 0
    done = run("check", "-c", str(tmp_path / "hub"), "--lang", "en")
    assert done.returncode == 0 and f"store: none yet; `licet serve -c {tmp_path / 'hub'}` makes it" in done.stdout
    assert "5 positions, 8 courses: ok" in done.stdout and not (tmp_path / "hub" / "data" / "licet.db").exists()


def test_check_warns_where_the_disk_of_the_store_has_less_room_than_its_floor(tmp_path):
    assert run("init", str(tmp_path / "hub")).returncode == 0
    settings = tmp_path / "hub" / "licet.toml"
    text = settings.read_text("utf-8")
    assert text.count("[hub]\n") == 1
    warnings = []
    for floor in ("0", "1_000_000"):
        settings.write_text(text.replace("[hub]\n", f"[hub]\ndisk_floor_mb = {floor}\n"), "utf-8")
        done = run("check", "-c", str(tmp_path / "hub"), "--lang", "en")
        assert done.returncode == 0, "the folder can be served; what closes doors is taken all the same"
        warnings += [each for each in done.stdout.splitlines() if each.startswith("warning: disk")]
    [line] = warnings
    assert "hub.disk_floor_mb is 1000000: only what may close a door is taken" in line and "df -h" in line
