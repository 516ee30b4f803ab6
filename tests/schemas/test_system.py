"""Why the operating system did not do something is said in both languages."""

import errno

import pytest

from schemas.system import why_not


def failure(path):
    with pytest.raises(OSError) as failed:
        path.read_bytes()
    return failed.value


def test_the_usual_reasons_have_words_of_their_own(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    paths = ["none", ".", "file/below", "round", "x" * 300]
    words = [why_not(failure(tmp_path / each)) for each in paths]
    assert words == [
        "no such file or folder",
        "found a folder, expected a file",
        "found a file, expected a folder",
        "its links lead round in a circle",
        "its name is too long",
    ]
    assert all(each.zh != each for each in words)


def test_a_reason_without_words_is_said_as_the_system_says_it():
    assert why_not(OSError(errno.EXDEV, "Invalid cross-device link")) == "Invalid cross-device link"
    assert why_not(OSError("of a library")).zh == "of a library"
