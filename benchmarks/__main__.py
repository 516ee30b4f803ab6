"""``make bench``: a table for people and one flat JSON object for programs."""

import argparse
import json
import os
import time
from collections.abc import Callable
from operator import eq, ge, gt, le, lt
from pathlib import Path

from benchmarks import (
    accept,
    asking,
    capacity,
    doors,
    drain,
    envelope,
    figures,
    folding,
    forecast,
    giving,
    growth,
    hang,
    lapse,
    mapping,
    mass,
    postgres,
    readers,
    revoke,
    roles,
    rules,
    scale,
    strangers,
    ways,
    whatif,
    writing,
)

BENCHES: dict[str, Callable[[], dict[str, float]]] = {
    "accept": accept.measure,
    "revoke": revoke.measure,
    "ways": ways.measure,
    "slapd": doors.measure_directory,
    "signals": doors.measure_receiver,
    "giving": giving.measure,
    "hang": hang.measure,
    "lapse": lapse.measure,
    "drain": drain.measure,
    "mass": mass.measure,
    "mass-n11": mass.measure_n11,
    "scale": scale.measure,
    "capacity": capacity.measure,
    "rules": rules.measure,
    "folding": folding.measure,
    "forecast": forecast.measure,
    "whatif": whatif.measure,
    "growth": growth.measure,
    "readers": readers.measure,
    "mapping": mapping.measure,
    "writing": writing.measure,
    "envelope": envelope.measure,
    "strangers": strangers.measure,
    "asking": asking.measure,
    "figures": figures.measure,
    "roles": roles.measure,
    "postgres": postgres.measure,
}
TARGETS: dict[str, str] = {
    "accept_ratio": ">= 0.5",
    "cpu_ratio": "<= 1.8",
    "lines_per_cpu_s": ">= 15000",
    "revoke_p50_ms": "< 150",
    "revoke_p99_ms": "< 150",
    "confirm_p99_ms": "< 150",
    "confirm_own_ratio": "<= 3",
    "slapd_p99_ms": "< 150",
    "signals_p99_ms": "< 150",
    "hang_ratio": "<= 2",
    "lapse_close_s": "<= 2",
    "drain_s": "<= 5",
    "mass_decided_ms": "< 0.528",
    "mass_over_floor_ms": "<= 3.17",
    "mass_decided_s": "< 10",
    "mass_over_floor_s": "<= 60",
    "mass_others_ratio": "<= 2",
    "review_scale_ratio": "<= 1.2",
    "sweep_ratio": "<= 1.2",
    "whatif_s": "<= 120",
    "forecast_cpu_s": "<= 60",
    "forecast_recall": "1",
    "forecast_precision": ">= 0.95",
    "review_ms": "<= 5",
    "fold_ratio": "<= 1.5",
    "review_growth": "<= 10",
    "ready_s": "< 2",
    "rss_growth": "<= 0.10",
    "reader_ms": "<= 250",
    "sealed_open_ratio": "<= 2.5",
    "xml_open_ratio": "<= 2",
    "package_open_ratio": "<= 2",
    "map_attlog_ratio": "<= 2",
    "map_json_ratio": "<= 2",
    "map_xml_ratio": "<= 2",
    "write_attlog_ratio": "<= 2",
    "write_json_ratio": "<= 2",
    "write_xml_ratio": "<= 2",
    "front_rss_mb": "<= 64",
    "flood_share": ">= 0.8",
    "slow_left": "0",
    "slow_gone_s": "<= 5",
    "slow_p99_ratio": "<= 2",
    "authzen_ratio": "<= 3",
    "ask_ms": "< 300",
    "ask_sealed_ms": "< 300",
    "pg_claim_doubles": "0",
    "pg_accept_ratio": ">= 0.5",
    "pg_push_ratio": ">= 0.5",
    "pg_revoke_p99_ms": "<= 300",
    "takeover_s": "<= 5",
}


COMPARED: dict[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "": eq}


def holds(name: str, value: float) -> bool | None:
    """Whether a figure is as it is wanted; nothing where nothing is."""
    sign, _space, bar = TARGETS.get(name, "").rpartition(" ")
    return COMPARED[sign](value, float(bar)) if bar else None


def main() -> None:
    """Run all benches, or one, and print what they found beside what is wanted, and whether that holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=BENCHES)
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results.json"))
    given = parser.parse_args()
    results: dict[str, float] = {}
    for name in [given.only] if given.only else BENCHES:
        began, load = time.perf_counter(), os.getloadavg()[0]
        found = BENCHES[name]()
        results |= {each: round(value, 4) for each, value in found.items()}
        print(f"{name}  ({time.perf_counter() - began:.0f} s; load {load:.1f} before, {os.getloadavg()[0]:.1f} after)")
        for each, value in found.items():
            word = {None: "", True: "holds", False: "DOES NOT HOLD"}[holds(each, value)]
            print(f"  {each:<22} {value:>12.3f}   {TARGETS.get(each, ''):<10} {word}".rstrip(), flush=True)
    judged = {name: holds(name, value) for name, value in results.items()}
    missed = [name for name, is_met in judged.items() if is_met is False]
    print(
        f"{sum(map(bool, judged.values()))} bars hold, {len(missed)} do not{': ' if missed else ''}{', '.join(missed)}"
    )
    given.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
