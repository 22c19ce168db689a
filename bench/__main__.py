"""Run every measurement, print it, and write bench.json (flat names to numbers)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench.intake import measure_intake, measure_qr_first_view
from bench.scores import measure_scores
from bench.statistics.measure import measure_statistics

RESULT_FILE = Path("bench.json")


def main() -> None:
    """Measure, print as it goes, write at the end."""
    figures: dict[str, float] = {}
    for measure in (measure_intake, measure_qr_first_view, measure_scores, measure_statistics):
        sys.stdout.write(f"{measure.__name__.replace('_', ' ')} …\n")
        sys.stdout.flush()
        measured = measure()
        figures |= measured
        for name, value in measured.items():
            sys.stdout.write(f"  {name}: {value:,.4g}\n")
    RESULT_FILE.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    sys.stdout.write(f"Written to {RESULT_FILE}.\n")


if __name__ == "__main__":
    main()
