"""The workbench in a real browser: an integrator opens it by a link, works by mouse or keyboard, in either language."""

import json
import re
import shutil
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError

import pytest

from tests.hub.workbench.training import DOCUMENT, XML
from tests.site import PATIENCE_SECONDS, build

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium here: `make peers` installs it")
ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NAMELESS = """
  const named = (each) => each.getAttribute("aria-label") || each.textContent.trim() || each.labels?.length
    || each.getAttribute("aria-labelledby");
  return [...document.querySelectorAll("button, input, select, textarea, [role=tabpanel], table")]
    .filter((each) => !named(each)).map((each) => each.outerHTML);
"""
OWN_WORDS = """
  const shown = (each) => each.checkVisibility();
  const words = "[data-text], h2, h3, th, label > span, .hint, [role=tab], [role=status], summary";
  return [...document.querySelectorAll(words)]
    .filter((each) => shown(each) && !each.querySelector("code"))
    .map((each) => each.textContent.trim()).filter((each) => each);
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    built = build(tmp_path_factory.mktemp("browser") / "hub")
    built.start()
    yield built
    built.end()


@pytest.fixture
def chromium(tmp_path):
    """What begins a browser of a language and a size; all of them end with the test."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    begun = []

    def begin(language="en", size=(1280, 900)):
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        own = (f"--user-data-dir={tmp_path / f'profile{len(begun)}'}", f"--window-size={size[0]},{size[1]}")
        for each in (*ARGUMENTS, *own, f"--lang={language}", f"--accept-lang={language}"):
            options.add_argument(each)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        begun.append(webdriver.Chrome(options=options, service=Service(DRIVER)))
        begun[-1].set_page_load_timeout(PATIENCE_SECONDS)
        return begun[-1]

    yield begin
    for each in begun:
        each.quit()


def link(site, at="") -> str:
    found: str = json.loads(site.command("mapping", "page", "--json", "--at", at or site.url).stdout)["link"]
    return found


def until(browser, true, what):
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser, PATIENCE_SECONDS, 0.1).until(lambda _browser: true(), what)


def by(browser, selector):
    return browser.find_element("css selector", selector)


def opened(site, browser, at=""):
    browser.get(link(site, at))
    until(browser, lambda: by(browser, "#documents").text.count("\n") >= 3, "the documents are there")
    return browser


def write(browser, selector, text):
    """Put a text into a field at once, as a paste does."""
    field = by(browser, selector)
    browser.execute_script(
        "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))", field, text
    )


def status(browser) -> str:
    found: str = by(browser, "#status").text
    return found


def trained(site, browser, tmp_path, at=""):
    """The page with the body and the document of docs/first-mapping.md."""
    opened(site, browser, at)
    (tmp_path / "sample.xml").write_bytes(XML.encode("gbk"))
    by(browser, "#file").send_keys(str(tmp_path / "sample.xml"))
    write(browser, "#document", DOCUMENT)
    until(browser, lambda: by(browser, "#records table").is_displayed(), "the records are there")
    return browser


def test_a_link_opens_it_and_leaves_no_trace_of_its_code(site, chromium):
    browser = opened(site, chromium())
    assert browser.current_url == f"{site.url}/workbench/" and not by(browser, "#closed").is_displayed()
    assert browser.execute_script("return document.cookie + localStorage.length + sessionStorage.length") == "00"
    asked = browser.execute_script("return performance.getEntriesByType('resource').map((each) => each.name)")
    assert len(asked) > 8 and all(each.startswith(f"{site.url}/") for each in asked)
    assert browser.get_log("browser") == []


def test_who_has_no_link_is_told_how_to_get_one_and_a_used_one_is_refused(site, chromium):
    browser, once = chromium("zh-CN"), link(site)
    browser.get(f"{site.url}/workbench/")
    until(browser, lambda: by(browser, "#closed").is_displayed(), "it asks for a link")
    assert "licet mapping page" in by(browser, "#closed").text and "打开工作台" in by(browser, "#closed").text
    by(browser, "#code").send_keys(once + "\n")
    until(browser, lambda: not by(browser, "#closed").is_displayed(), "it is open")
    browser.refresh()  # the token stood in memory alone
    until(browser, lambda: by(browser, "#closed").is_displayed(), "it asks again")
    by(browser, "#code").send_keys(once + "\n")
    until(browser, lambda: "链接已使用" in by(browser, "#closed_why").text, "it says why")
    by(browser, "#code").clear()
    by(browser, "#code").send_keys(link(site) + "\n")
    until(browser, lambda: not by(browser, "#closed").is_displayed(), "another one opens it")


def test_a_link_that_is_pasted_into_the_address_of_the_open_page_is_taken(site, chromium):
    browser = chromium()
    browser.get(f"{site.url}/workbench/")
    until(browser, lambda: by(browser, "#closed").is_displayed(), "it asks for a link")
    browser.get(link(site))
    until(browser, lambda: not by(browser, "#closed").is_displayed(), "it is open")


def test_each_field_shows_its_source_what_is_done_and_what_it_becomes(site, chromium, tmp_path):
    browser = trained(site, chromium(), tmp_path)
    until(browser, lambda: status(browser) == "3 items: 2 taken, 1 ignored, 0 cannot be read", "all is counted")
    [row] = [
        each
        for each in browser.find_elements("css selector", "#records article:first-of-type tbody tr")
        if each.text.startswith("credited_seconds")
    ]
    assert row.text.split("\n") == ["credited_seconds", "/学时", "'4'", "amount (times 2700) →", "10800"]
    assert "/@名称" in by(browser, ".unread").text and "3 times" in by(browser, ".unread").text
    row.find_element("css selector", "button").click()
    picked = browser.execute_script(
        "const a = document.activeElement; return a.value.slice(a.selectionStart, a.selectionEnd)"
    )
    assert '"credited_seconds"' in picked and by(browser, "#encoding").get_attribute("value") == "gbk"
    assert browser.get_log("browser") == []


def test_what_is_typed_is_looked_at_while_it_is_typed(site, chromium, tmp_path):
    browser = trained(site, chromium(), tmp_path)
    write(browser, "#document", DOCUMENT.replace('"times": 2700', '"times": 3600', 1))
    until(browser, lambda: "14400" in by(browser, "#records").text, "an hour of 60 minutes")
    write(browser, "#document", DOCUMENT.replace('"subject"', '"subjct"'))
    until(browser, lambda: "did you mean 'subject'?" in by(browser, "#findings").text, "what was meant")
    assert "error" in by(browser, "#gutter .error").get_attribute("class")
    by(browser, "#findings button").click()
    assert browser.execute_script("return document.activeElement.id") == "document"
    write(browser, "#document", DOCUMENT)
    until(browser, lambda: "10800" in by(browser, "#records").text, "and back")


def test_a_proposal_is_a_beginning_and_what_it_lacks_is_said(site, chromium, tmp_path):
    browser = opened(site, chromium())
    (tmp_path / "sample.xml").write_bytes(XML.encode("gbk"))
    by(browser, "#file").send_keys(str(tmp_path / "sample.xml"))
    by(browser, "#record option[value='learning.CreditedHours']").click()
    by(browser, "#propose").click()

    def lacks():
        return "credited_seconds (perhaps /学时)" in by(browser, "#alert").text

    until(browser, lacks, "it says what it lacks")
    proposal = by(browser, "#document").get_attribute("value")
    assert '"root": "/培训记录"' in proposal
    write(browser, "#document", f"{proposal}\n")
    until(browser, lambda: not lacks(), "it is somebody's own by now")
    write(browser, "#document", proposal)
    until(browser, lacks, "what it lacks is said for as long as it is the proposal")


def test_a_draft_is_compared_with_what_runs_and_its_cases_are_run(site, chromium):
    browser = opened(site, chromium())
    [roster] = [each for each in browser.find_elements("css selector", "#documents option") if "roster" in each.text]
    roster.click()
    until(browser, lambda: re.search(r"Golden cases \([1-9]", by(browser, "#tab_cases").text), "its cases ran")
    assert by(browser, "#against").get_attribute("value") == "roster"
    text = by(browser, "#document").get_attribute("value")
    write(browser, "#document", re.sub(r'"version": (\d+)', r'"version": 99', text).replace('"trim"', '"upper"', 1))
    until(browser, lambda: "(0)" not in by(browser, "#tab_changes").text, "it differs")
    by(browser, "#tab_changes").click()
    assert "Rules" in by(browser, "#changes").text


def test_it_is_worked_by_keyboard_alone(site, chromium, tmp_path):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    browser = trained(site, chromium(), tmp_path)
    browser.execute_script("document.activeElement.blur(); window.scrollTo(0, 0)")
    reached = []
    for _ in range(60):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        reached.append(browser.execute_script("return document.activeElement.id || document.activeElement.className"))
        assert browser.execute_script("return document.activeElement.matches(':focus-visible, body')")
        if reached[-1] == "records":
            break
    wanted = [
        "skip",
        "file",
        "encoding",
        "context",
        "body",
        "record",
        "propose",
        "copy",
        "documents",
        "name",
        "document",
    ]
    assert [each for each in reached if each in wanted] == wanted and "tab_records" in reached
    by(browser, "#tab_records").send_keys(Keys.ARROW_RIGHT)
    assert by(browser, "#cases").is_displayed() and not by(browser, "#records").is_displayed()
    browser.switch_to.active_element.send_keys(Keys.END)
    assert by(browser, "#changes").is_displayed()
    assert browser.execute_script(NAMELESS) == []


@pytest.mark.parametrize(("language", "switch", "title"), [("zh-CN", "en", "映射工作台"), ("en-US", "zh", "workbench")])
def test_the_browser_s_language_is_taken_and_the_switch_changes_every_word(
    site, chromium, tmp_path, language, switch, title
):
    browser = trained(site, chromium(language), tmp_path)
    assert title in browser.title
    for _ in range(2):
        chinese = browser.execute_script("return document.documentElement.lang") == "zh-CN"
        until(browser, lambda: not re.search("Looking|正在", status(browser)), "it has looked")
        own = [each for each in browser.execute_script(OWN_WORDS) if each not in ("Licet", "id")]
        fields = {"subject", "course", "credited_seconds", "required_seconds", "occurred_at"}
        odd = [each for each in own if each not in fields and bool(CHINESE.search(each)) is not chinese]
        assert len(own) > 30 and odd == [], odd
        by(browser, f"[data-language={switch}]").click()
        said = "共 3 条" if switch == "zh" else "3 items"
        until(browser, lambda said=said: said in status(browser), "it says so in the other language")


@pytest.mark.parametrize("width", [1280, 1000, 760, 500])
def test_nothing_is_cut_off_at_any_width(site, chromium, tmp_path, width):
    browser = trained(site, chromium("en", (width, 900)), tmp_path)
    assert browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth") <= 0
    wide = """return [...document.querySelectorAll("section, article, table, .bar, dialog, label")]
      .filter((each) => each.checkVisibility() && each.scrollWidth > each.clientWidth + 1)
      .map((each) => each.className)"""
    assert browser.execute_script(wide) == []
    if width >= 1180:
        assert browser.execute_script("return document.documentElement.scrollHeight - window.innerHeight") <= 0


def test_what_a_body_holds_is_text_and_nothing_else(site, chromium):
    browser = opened(site, chromium())
    evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    write(browser, "#body", json.dumps([{"userId": evil, "time": "2026-03-02 08:01:02", evil: "1", "sn": "A"}]))
    by(browser, "#record option[value='attendance.Punch']").click()
    by(browser, "#propose").click()
    until(browser, lambda: "onerror" in by(browser, "#records").text, "it is shown")
    assert browser.title == "Licet Mapping workbench"
    assert browser.execute_script("return document.querySelectorAll('#records img, #records script').length") == 0


class _Prefixed(BaseHTTPRequestHandler):
    """A proxy that puts /licet before the paths of a hub, as a site's own does."""

    hub = ""

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0))) or None
        fields = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        if not self.path.startswith("/licet/"):
            self.send_error(404)
            return
        request = urllib.request.Request(self.hub + self.path.removeprefix("/licet"), body, fields, method=self.command)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                status, headers, content = answer.status, answer.headers, answer.read()
        except HTTPError as error:
            status, headers, content = error.code, error.headers, error.read()
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("connection", "content-length", "date"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _pass

    def log_message(self, *_args) -> None:
        """Say nothing."""


class _Framing(BaseHTTPRequestHandler):
    """Another site, which would show the page within its own."""

    hub = ""

    def do_GET(self) -> None:
        page = f'<!doctype html><title>other</title><iframe src="{self.hub}/workbench/"></iframe>'.encode()
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_args) -> None:
        """Say nothing."""


@pytest.fixture
def served(site):
    """What serves by a handler at a free port, until the test is over."""
    servers = []

    def begin(handler) -> str:
        kind = type("Handler", (handler,), {"hub": site.url})
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), kind))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield begin
    for each in servers:
        each.shutdown()
        each.server_close()


def test_behind_the_prefix_of_a_proxy_it_is_the_same(site, chromium, tmp_path, served):
    browser = trained(site, chromium(), tmp_path, f"{served(_Prefixed)}/licet")
    assert "/licet/workbench/" in browser.current_url
    until(browser, lambda: status(browser) == "3 items: 2 taken, 1 ignored, 0 cannot be read", "all is counted")


def test_no_other_site_shows_it_in_its_own_page(chromium, served):
    browser = chromium()
    browser.get(served(_Framing))
    browser.switch_to.frame(0)
    assert browser.find_elements("css selector", "#closed") == []
