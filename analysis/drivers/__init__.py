"""Drivers of satisfaction: how much each factor contributes to an outcome, with its uncertainty."""

from analysis.drivers.analysis import MOST_FACTORS_FOR_SHAPLEY, drivers
from analysis.drivers.chart import ChartPoint, ImportancePerformance, Quadrant, importance_performance
from analysis.drivers.result import Contribution, DriverAnalysis, DriverStatus, Importance

__all__ = [
    "MOST_FACTORS_FOR_SHAPLEY",
    "ChartPoint",
    "Contribution",
    "DriverAnalysis",
    "DriverStatus",
    "Importance",
    "ImportancePerformance",
    "Quadrant",
    "drivers",
    "importance_performance",
]
