"""``make bench``: this emulator beside its peers, in one run, on one driver. docs/performance.md explains the columns.

``--quick`` is for a look; only the full run says something. Peers that cannot run here are skipped aloud.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import crowd, measures, plugin
from tests.benchmarks.contestants import everybody
from tests.benchmarks.measures import Plan, Row

_COLUMNS: tuple[tuple[str, str, str, bool], ...] = (
    ("cold_s", "cold s", "8.2f", False),
    ("rest_pss", "MiB", "8.1f", False),
    ("rest_rss", "RSS", "8.1f", False),
    ("v1_rate", "v1/s", "8.0f", True),
    ("v1_p99_ms", "p99 ms", "8.1f", False),
    ("v2_rate", "v2/s", "8.0f", True),
    ("v2_p99_ms", "p99 ms", "8.1f", False),
    ("one_ms", "one ms", "8.2f", False),
    ("after_pss", "after", "8.1f", False),
    ("judged", "judged/s", "9.0f", True),
)


def _cell(row: Row, name: str, form: str) -> str:
    value = getattr(row, name)
    return "-".rjust(int(form.split(".")[0])) if value is None else format(value, form)


def table(rows: Sequence[Row]) -> str:
    head = " " * 22 + "".join(title.rjust(int(form.split(".")[0])) for _, title, form, _ in _COLUMNS)
    return "\n".join([head, *(f"{r.name:<22}" + "".join(_cell(r, n, f) for n, _, f, _ in _COLUMNS) for r in rows)])


def ratios(ours: Row, peers: Sequence[Row]) -> str:
    """How many times better we are, column by column: 2.0 is twice as fast or half as large; below 1 we lose."""
    lines = []
    for peer in peers:
        cells = []
        for name, _, form, more_is_better in _COLUMNS:
            width = int(form.split(".")[0])
            mine, theirs = getattr(ours, name), getattr(peer, name)
            if not mine or not theirs:
                cells.append("-".rjust(width))
                continue
            ratio = mine / theirs if more_is_better else theirs / mine
            cells.append(f"{ratio:.2f}x".rjust(width))
        lines.append(f"better than {peer.name}"[:29].ljust(22) + "".join(cells))
    return "\n".join(lines)


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    options.add_argument("--quick", action="store_true", help="a minute instead of a quarter of an hour")
    options.add_argument("--sends", type=int, help="sends a protocol and round")
    options.add_argument("--captured", type=int, help="mails in the box before our second round")
    options.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="only this contestant (repeatable)"
    )
    options.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers there")
    options.add_argument(
        "--peers",
        type=Path,
        default=Path(tempfile.gettempdir()) / "ses-emulator-bench-peers",
        help="where peers are installed, and kept for the next run",
    )
    chosen = options.parse_args()
    plan = Plan(sends=1000, captured=3000, starts=3) if chosen.quick else Plan()
    plan = dataclasses.replace(plan, sends=chosen.sends or plan.sends, captured=chosen.captured or plan.captured)

    contestants, skipped = everybody(chosen.peers, chosen.only)
    rows: list[Row] = []
    failed = False
    for contestant in contestants:
        try:
            rows += measures.measure(contestant, plan, lambda text: print(text, file=sys.stderr, flush=True))
        except RuntimeError as error:
            failed = True
            print(f"FAILED {error}", file=sys.stderr, flush=True)
    limit = measures.signature_limit()

    print(
        f"\n{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; {plan.connections} kept"
    )
    print(f"connections, mails of 4 kB, {plan.sends} sends a protocol. MiB is PSS of all its processes.\n")
    print(table(rows))
    for name, reason in skipped:
        print(f"{name:<22} skipped: {reason}")
    ours = [row for row in rows if row.judged is not None]
    if ours:
        print(f"\n{ratios(ours[0], [row for row in rows if row.judged is None])}")
        print(f"\nsignatures alone (RSA-2048 and RSA-1024): {limit:.0f} mails/s a core", end="")
        print(f"; signed, delivered and judged: {ours[0].judged:.0f}/s, {ours[0].judged / limit:.0%} of it")  # type: ignore[operator]
        full = ours[-1]
        print(
            f"with {plan.captured} mails captured: {full.rest_pss - ours[0].rest_pss:+.1f} MiB, one send costs "
            f"{full.one_ms / ours[0].one_ms:.2f}x what the first ones did"
        )
        if full.pages_ms:
            print("inbox, ms: " + ", ".join(f"{what} {taken:.0f}" for what, taken in full.pages_ms))
        print(plugin.measure())
        print(crowd.measure())
    if chosen.json:
        chosen.json.write_text(
            json.dumps(
                {
                    "plan": dataclasses.asdict(plan),
                    "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
                    "rows": [dataclasses.asdict(row) for row in rows],
                    "skipped": dict(skipped),
                    "signature_limit": limit,
                },
                indent=2,
            )
            + "\n"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
