"""The reform index: criteria sets, points, totals, ranks and classes, in exact decimal arithmetic."""
