// Tabs as keyboards and screen readers know them: arrows, Home and End go from one to the next.
const tabs = [...document.querySelectorAll("[role=tab]")];

function choose(chosen) {
  for (const each of tabs) {
    const is = each === chosen;
    each.setAttribute("aria-selected", String(is));
    each.tabIndex = is ? 0 : -1;
    document.getElementById(each.getAttribute("aria-controls")).hidden = !is;
  }
}

for (const [n, each] of tabs.entries()) {
  each.addEventListener("click", () => choose(each));
  each.addEventListener("keydown", (event) => {
    const to = { ArrowRight: n + 1, ArrowLeft: n - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs[(to + tabs.length) % tabs.length];
    choose(next);
    next.focus();
  });
}
