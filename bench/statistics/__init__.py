"""The statistics library measured: against what its sums cost at least, and against other programs."""
