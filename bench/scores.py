"""How long the scores of the demonstration sample take, from a database whose snapshot is up to date."""

from __future__ import annotations

import statistics
import sys
import time

from bench.intake import empty_database
from survey.app import create_app
from survey.config import engine_options
from survey.extensions import db
from survey.queries.rounds import get_round
from survey.services.demonstration.province import SAMPLE_ROUND
from survey.services.scores import Reach, ScoreRequest, score_round

REPETITIONS = 7


def measure_scores(round_code: str = SAMPLE_ROUND) -> dict[str, float]:
    """Median seconds for every figure of the round, official and design-based, undivided and by district."""
    with empty_database("sqlite") as address:
        app = create_app(
            {"SQLALCHEMY_DATABASE_URI": address, "SQLALCHEMY_ENGINE_OPTIONS": engine_options(address)}
        )
        with app.app_context():
            db.create_all()
            loaded = app.test_cli_runner().invoke(args=["demo", "load"])
            if loaded.exit_code:
                raise RuntimeError(f"The demonstration was not loaded: {loaded.output}")
            seconds = [_one_run(round_code) for _ in range(REPETITIONS)]
            db.engine.dispose()
    return {"score_demo_sample_seconds": statistics.median(seconds)}


def _one_run(round_code: str) -> float:
    start = time.perf_counter()
    round_ = get_round(db.session(), round_code)
    scored = score_round(db.session(), round_, ScoreRequest(by="organisation", reach=Reach.CHILDREN))
    seconds = time.perf_counter() - start
    sys.stdout.write(
        f"  {len(scored.figures):,} figures from {scored.response_count:,} responses in {seconds:.3f} s\n"
    )
    db.session.remove()
    return seconds
