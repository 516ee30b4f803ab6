"""A demand that rests on itself is refused when the file is checked, not when somebody is judged by it."""

from datetime import date

import pytest

from hub.rules.files.lint import lint

FILE = """
id = "post"
name = {{ zh = "入", en = "Entry" }}
risk = "medium"
ladder = [{{ scope = "full", needs = ["a"] }}]
targets = {{ iam = {{ full = ["x"] }} }}
{more}
"""


def refused(more):
    return [str(each) for each in lint({"post.toml": FILE.format(more=more)}, {}, date(2026, 6, 1)) if each.refused]


def ways(**of):
    return "\n".join(f'[requirement.{name}]\nkind = "any_of"\nof = {list(map(list, way))}' for name, way in of.items())


@pytest.mark.parametrize("more", [ways(a=[["a"]]), ways(a=[["b"]], b=[["a"]])])
def test_a_requirement_that_leads_back_to_itself_is_refused(more):
    assert any("rests on itself" in each for each in refused(more)), refused(more)


def test_two_ways_that_share_a_need_are_no_circle():
    exam = '[requirement.exam]\nkind = "exam"\nexam = "x"'
    assert refused(f"{ways(a=[['b'], ['exam']], b=[['exam']])}\n{exam}") == []
