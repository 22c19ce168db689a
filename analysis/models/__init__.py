"""Regression models of a sample: coefficients with design-based covariance."""
