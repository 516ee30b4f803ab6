"""Grants, revocations, retries, kills, restarts and restores in any order leave no door wrongly open; ``make
interleavings`` plays ten thousand."""

from pathlib import Path

import pytest

from tests.interleavings.world import Template, play

SEEDS = range(12)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("interleavings"))


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_meets_at_a_door_it_ends_as_it_must_and_nothing_false_is_said(
    seed: int, template: Template, tmp_path: Path
):
    play(seed, template, tmp_path)
