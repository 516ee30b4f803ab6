"""``make bench``: a table for people and one flat JSON object for programs."""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    accept,
    asking,
    doors,
    drain,
    envelope,
    figures,
    folding,
    forecast,
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
    whatif,
    writing,
)

BENCHES: dict[str, Callable[[], dict[str, float]]] = {
    "accept": accept.measure,
    "revoke": revoke.measure,
    "slapd": doors.measure_directory,
    "signals": doors.measure_receiver,
    "hang": hang.measure,
    "lapse": lapse.measure,
    "drain": drain.measure,
    "mass": mass.measure,
    "mass-n11": mass.measure_n11,
    "scale": scale.measure,
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
    "pg_claim_doubles": "0",
    "pg_accept_ratio": ">= 0.5",
    "takeover_s": "<= 5",
}


def main() -> None:
    """Run all benches, or one, and print what they found beside what is wanted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=BENCHES)
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results.json"))
    given = parser.parse_args()
    results: dict[str, float] = {}
    for name in [given.only] if given.only else BENCHES:
        began = time.perf_counter()
        found = BENCHES[name]()
        results |= {each: round(value, 4) for each, value in found.items()}
        print(f"{name}  ({time.perf_counter() - began:.0f} s)")
        for each, value in found.items():
            print(f"  {each:<22} {value:>12.3f}   {TARGETS.get(each, '')}", flush=True)
    given.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
