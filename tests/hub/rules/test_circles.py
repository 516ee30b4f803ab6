"""A demand that rests on itself is refused when the position is read, not when somebody is judged by it."""

import pytest

from hub.rules.position import parse_position
from schemas.errors import ConfigError

NAME = {"zh": "入", "en": "Entry"}


@pytest.mark.parametrize("ways", [{"a": [["a"]]}, {"a": [["b"]], "b": [["a"]]}])
def test_a_requirement_that_leads_back_to_itself_is_refused(ways):
    requirement = {name: {"kind": "any_of", "name": NAME, "of": of} for name, of in ways.items()}
    ladder = [{"scope": "full", "needs": ["a"]}]
    data = {
        "id": "post",
        "name": NAME,
        "requirement": requirement,
        "ladder": ladder,
        "targets": {"iam": {"full": ["x"]}},
    }
    with pytest.raises(ConfigError, match="resting on itself"):
        parse_position(data, "post.toml")
