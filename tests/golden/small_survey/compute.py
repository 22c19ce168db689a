"""Compute the figures of the small survey from its files alone: numpy and fractions, nothing of the project.

Run `python compute.py` in this folder; it writes expected.csv. ORIGIN.md says what the columns mean.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import numpy as np
from scipy import stats

HERE = Path(__file__).resolve().parent
GROUPS = {"F1": ["f1_1", "f1_2"], "F2": ["f2_1", "f2_2"], "F3": ["f3_1"], "F4": ["f4_1"]}
ITEMS = [item for items in GROUPS.values() for item in items]
NUMBERS = ["n", "value", "standard_error", "lower", "upper", "degrees_of_freedom", "design_effect"]
HEAD = ["by", "domain", "level", "code", "measure", "people", "official", *NUMBERS]


def rows(name):
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


frame = {row["psu"]: row for row in rows("frame.csv")}
drawn = rows("sample.csv")
answers = {row["code"]: row for row in rows("answers.csv")}
parents = {row["code"]: row["parent_code"] for row in rows("organisations.csv")}
totals = {row["sex"]: int(row["total"]) for row in rows("totals.csv")}

# Sizes: PSUs in the frame and in the sample of each stratum, elements of each PSU and drawn from it.
psus_in_frame = {row["stratum"]: 0 for row in frame.values()}
for row in frame.values():
    psus_in_frame[row["stratum"]] += 1
sampled = {
    stratum: sorted({row["psu"] for row in drawn if row["stratum"] == stratum}) for stratum in psus_in_frame
}
elements = {psu: int(row["population_count"]) for psu, row in frame.items()}
drawn_of = {psu: sum(row["psu"] == psu for row in drawn) for psu in elements}


def design_weight(row):
    stratum, psu = row["stratum"], row["psu"]
    return psus_in_frame[stratum] / len(sampled[stratum]) * elements[psu] / drawn_of[psu]


# Non-response: in each class, all who belong to the population over those who answered and said their sex.
eligible, responding = {}, {}
for row in drawn:
    group = row["nonresponse_class"] or row["stratum"]
    if row["disposition"] != "not_eligible":
        eligible[group] = eligible.get(group, 0.0) + design_weight(row)
    if row["code"] in answers and answers[row["code"]]["sex"]:
        responding[group] = responding.get(group, 0.0) + design_weight(row)

people = [row for row in drawn if row["code"] in answers]
given = [answers[row["code"]] for row in people]
stratum = np.array([row["stratum"] for row in people])
psu = np.array([row["psu"] for row in people])
sex = np.array([one["sex"] for one in given])
base = np.array(
    [
        design_weight(row)
        * eligible[row["nonresponse_class"] or row["stratum"]]
        / responding[row["nonresponse_class"] or row["stratum"]]
        if one["sex"]
        else 0.0
        for row, one in zip(people, given, strict=True)
    ]
)
weight = base.copy()
for label, total in totals.items():
    weight[sex == label] *= total / base[sex == label].sum()
level = {
    item: np.array([float(one[item]) if one[item].isdigit() else np.nan for one in given]) for item in ITEMS
}


def residual(z):
    """What the known totals leave of an influence: the difference from the mean of the post-stratum."""
    left = np.zeros(len(z))
    for label in totals:
        inside = sex == label
        left[inside] = z[inside] - (base[inside] * z[inside]).sum() / base[inside].sum()
    return weight * left


def spread(values, count):
    """count / (count - 1) times the sum of squares around the mean of `count` values, some of them zeros."""
    return 0.0 if count < 2 else count / (count - 1) * (np.sum(values**2) - values.sum() ** 2 / count)


def second_stage(u, unit):
    here = u[psu == unit]
    return (1 - len(here) / elements[unit]) * spread(here, len(here))


def variance(u):
    """Two stages, simple random sampling without replacement in each; a silent PSU is a zero."""
    found = 0.0
    for name, units in sampled.items():
        first = len(units) / psus_in_frame[name]
        found += (1 - first) * spread(np.array([u[psu == unit].sum() for unit in units]), len(units))
        found += first * sum(second_stage(u, unit) for unit in units)
    return found


def interval(value, error, df, effective, *, bounds, is_share):
    if df < 1 or (error is None and not (is_share and value in bounds)):
        return None, None
    if error is None:  # Clopper-Pearson
        lower = 0.0 if value == 0 else stats.beta.ppf(0.025, effective * value, effective * (1 - value) + 1)
        upper = 1.0 if value == 1 else stats.beta.ppf(0.975, effective * value + 1, effective * (1 - value))
        return lower, upper
    t = stats.t.ppf(0.975, df)
    if not is_share:
        return max(value - t * error, bounds[0]), min(value + t * error, bounds[1])
    odds, reach = np.log(value / (1 - value)), t * error / (value * (1 - value))
    return 1 / (1 + np.exp(reach - odds)), 1 / (1 + np.exp(-reach - odds))


def design_based(domain, items, *, is_share):
    """The mean of the weighted means of the items, with everything beside it; None where it is not known."""
    member = domain & (weight > 0)
    rated = [item for item in items if (member & ~np.isnan(level[item])).any()]
    z, anybody, parts = np.zeros(len(people)), np.zeros(len(people), dtype=bool), []
    for item in rated:
        valid = member & ~np.isnan(level[item])
        y = np.where(valid, level[item] >= 4 if is_share else np.nan_to_num(level[item]), 0.0)
        x = weight[valid].sum()
        parts.append((weight * y).sum() / x)
        z += np.where(valid, (y - parts[-1]) / x, 0.0) / len(rated)
        anybody |= valid
    n = int(anybody.sum())
    units = set(psu[anybody].tolist())
    is_within = len(units) == 1 and n > 1
    df = len(set(psu[member])) - len(set(stratum[member]))
    if is_within:
        df = n - 1
    elif all(len(sampled[name]) == psus_in_frame[name] for name in set(stratum[member])):
        df = n - len(set(psu[member]))
    if n < 2:
        return n, None, None, None, None, df, None
    value = float(np.mean(parts))
    if all(part == parts[0] for part in parts) or value > 1 - 1e-15:
        value = round(value, 15)
    squared = second_stage(weight * z, units.pop()) if is_within else variance(residual(z))
    error = float(np.sqrt(squared)) if squared > 1e-24 else None
    simple = (weight * z**2).sum() * weight[anybody].sum() / (n - 1)
    effective = weight[anybody].sum() ** 2 / (weight[anybody] ** 2).sum()
    bounds = (0.0, 1.0) if is_share else (1.0, 5.0)
    lower, upper = interval(value, error, df, effective, bounds=bounds, is_share=is_share)
    return n, value, error, lower, upper, df, None if error is None else squared / simple


def official(domain, items, *, is_share):
    rates = []
    for item in items:
        valid = level[item][domain & ~np.isnan(level[item])]
        if len(valid):
            rates.append(Fraction(int((valid >= 4).sum() if is_share else valid.sum()), len(valid)))
    return sum(rates, Fraction(0)) / len(rates) if rates else None


def domains():
    everybody = np.ones(len(people), dtype=bool)
    yield "", "", everybody
    for code in parents:
        inside = np.array([code in (unit, parents[unit], parents[parents[unit]]) for unit in psu])
        if inside.any():
            yield "organisation", code, inside
    for label in totals:
        yield "sex", label, sex == label


def figures():
    for by, code, domain in domains():
        topics = [("overall", "overall", ITEMS), *(("factor", *group) for group in GROUPS.items())]
        topics += [("item", item, [item]) for item in ITEMS]
        for topic_level, topic, items in topics:
            for measure in ("satisfied_share", "mean_level")[: 2 if topic_level == "item" else 1]:
                is_share = measure == "satisfied_share"
                exact = official(domain, items, is_share=is_share)
                if exact is not None:
                    text = f"{exact.numerator}/{exact.denominator}"
                    asked = sum(domain & np.any([~np.isnan(level[item]) for item in items], axis=0))
                    found = design_based(domain, items, is_share=is_share)
                    yield [by, code, topic_level, topic, measure, asked, text, *found]


def cell(value):
    if value is None:
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)


def write(name, head, lines):
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows([cell(value) for value in line] for line in lines)


if __name__ == "__main__":
    write("expected.csv", HEAD, figures())
    codes = [row["code"] for row in people]
    steps = zip(codes, map(design_weight, people), base.tolist(), weight.tolist(), strict=True)
    write("weights.csv", ["code", "design", "adjusted", "final"], steps)
