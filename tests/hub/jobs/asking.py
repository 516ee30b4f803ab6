"""A hub with an attendance cloud that it asks once an hour, and how a scheduler asks for jobs there."""

import json
import re
import urllib.request
from contextlib import contextmanager
from datetime import datetime, timedelta
from urllib.error import HTTPError

from tests.connectors.generic.test_rest_pull_in_a_hub import START, site_of
from tests.contract.attendance_cloud import AttendanceCloud, serving
from tests.site import Site, until


def asked(site: Site, method: str, path: str, body=None, token=None):
    """Status, what was said, header fields; who asks too often comes again, as a scheduler does."""
    while (answer := _asked(site, method, path, body, token))[0] == 429:
        pass
    return answer


def _asked(site: Site, method: str, path: str, body, token):
    token = (site.home / "keys" / "api.token").read_text() if token is None else token
    raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    request = urllib.request.Request(f"{site.url}{path}", raw, fields, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read()), answer.headers
    except HTTPError as error:
        return error.code, json.loads(error.read() or b"{}"), error.headers


def get(site: Site, path: str):
    """What is there."""
    status, said, _ = asked(site, "GET", path)
    assert status == 200, said
    return said


def post(site: Site, **job):
    return asked(site, "POST", "/api/v1/jobs", job)


def ended(site: Site, place: str):
    """A job once it is over."""
    until(lambda: get(site, place)["state"] not in ("queued", "running"), f"{place} is over")
    return get(site, place)


@contextmanager
def with_cloud(home, *, scim_url: str = "http://127.0.0.1:9"):
    """A hub that has asked the cloud once, in vain, and what the cloud will say."""
    with serving() as cloud:
        site = site_of(home, cloud.settings(start=f"{START:%Y-%m-%d}", page_size=2))
        settings = (site.home / "licet.toml").read_text(encoding="utf-8")
        before, mark, after = settings.partition("[connectors.cloud]")
        after = after.replace('every = "1 seconds"', 'every = "3600 seconds"')
        settings = re.sub("http://127.0.0.1:9/v2", f"{scim_url}/v2", before) + mark + after
        (site.home / "licet.toml").write_text(settings, encoding="utf-8")
        yield site, cloud


def seen(cloud: AttendanceCloud, count: int, first: int = 0) -> None:
    """So many people whom nobody knows came by just now, each another one."""
    for n in range(first, first + count):
        cloud.punched(n, datetime.now(START.tzinfo) - timedelta(minutes=1 + n % 3), person=f"X{n}")
