"""The two demonstration indices: districts by the sample survey, departments by counter ratings."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from decimal import Decimal

import numpy as np
from sqlalchemy.orm import Session

from analysis.index.definition import LeafKind, SubCriterion
from analysis.index.formulas import formula_code
from survey.models import IndexRound
from survey.queries import index_rounds as index_round_queries
from survey.queries.criteria import definition_of
from survey.services import appraised_points, criteria, index_round_files, index_rounds
from survey.services.csv_tables import CsvFile
from survey.services.demonstration.province import DATA, Plan

CRITERIA_FILES = ("bl-huyen-2020-demo.csv", "bl-so-2026-demo.csv")
ROUND_FILES = ("index-districts.yaml", "index-departments.yaml")
# How well units do on average, as a share of a leaf's maximum, and how much units and leaves differ.
ACHIEVEMENT = 0.9
UNIT_SPREAD = 0.035
LEAF_SPREAD = 0.1
STEP = Decimal("0.25")
STEPPED_FORMULAS = frozenset({"YESNO", "TIER", "COUNT", "DEDUCT", "CHECKLIST"})
HUNDREDTH = Decimal("0.01")


def load_indices(session: Session, plan: Plan, *, now: datetime) -> None:
    """Load the demonstration sets, open both rounds and record invented appraised points."""
    for name in CRITERIA_FILES:
        content = (DATA / "criteria" / name).read_bytes()
        criteria.store_criteria_set(session, criteria.read_criteria_file(content, file_name=name), now=now)
    for part, name in enumerate(ROUND_FILES):
        content = (DATA / "demonstration" / name).read_bytes()
        planned = index_round_files.read_round_file(content, file_name=name).plan
        index_round = index_rounds.open_index_round(session, planned, now=now)
        points = _points_file(session, index_round, plan.generator(10 + part))
        appraised_points.load_points(session, index_round, file=points, now=now)


def _points_file(session: Session, index_round: IndexRound, generator: np.random.Generator) -> CsvFile:
    definition = definition_of(index_round.criteria_set)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("unit_code", "sub_criterion_code", "points", "note"))
    for sheet in index_round_queries.list_sheets(session, index_round):
        achievement = generator.normal(ACHIEVEMENT, UNIT_SPREAD)
        for leaf in definition.leaves:
            if leaf.kind is LeafKind.SELF and leaf.code not in sheet.not_applicable:
                share = float(np.clip(generator.normal(achievement, LEAF_SPREAD), 0, 1))
                writer.writerow((sheet.organisation.code, leaf.code, _points(leaf, share), ""))
    return CsvFile(f"{index_round.code}-points.csv", text.getvalue().encode())


def _points(leaf: SubCriterion, share: float) -> Decimal:
    exact = leaf.max_points * Decimal(str(round(share, 4)))
    stepped = formula_code(leaf.formula) in STEPPED_FORMULAS
    step = STEP if stepped else HUNDREDTH
    return min(leaf.max_points, (exact / step).quantize(Decimal(1)) * step)
