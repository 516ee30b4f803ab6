"""What a failure says of instants is told in the zone of the hub folder; what somebody typed, as they typed it."""

import sys

import pytest

from hub.cli.local_time import at_site


@pytest.fixture(params=["Asia/Shanghai", "Europe/Berlin"])
def zone(request, tmp_path, monkeypatch):
    (tmp_path / "licet.toml").write_text(f'[hub]\nname = "x"\nzone = "{request.param}"\n', encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["licet", "check", "-c", str(tmp_path)])
    return request.param


def test_the_beginning_of_a_day_is_that_day_and_another_instant_has_its_offset(zone):
    shown = {
        "Asia/Shanghai": "found 2026-01-01, expected after 2026-01-01T07:00+08:00",
        "Europe/Berlin": "found 2025-12-31T17:00+01:00, expected after 2026-01-01",
    }
    said = "found 2025-12-31T16:00:00+00:00, expected after 2025-12-31T23:00:00.000001+00:00"
    assert at_site(said.replace(".000001", "")) == shown[zone]


@pytest.mark.parametrize("text", ["found '2026-01-01T00:00:00+00:00'", "in x2026-01-01T00:00:00+00:00", "2026-01-01"])
def test_what_stands_in_quotes_or_in_a_name_stays(zone, text):
    assert at_site(text) == text


def test_settings_that_cannot_be_read_stop_nothing(tmp_path, monkeypatch):
    (tmp_path / "licet.toml").write_text('[hub]\nzone = "Nowhere/At"\n', encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["licet", "check", "-c", str(tmp_path)])
    assert at_site("2025-12-31T16:00:00+00:00") == "2026-01-01"
