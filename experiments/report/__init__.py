"""The page of a comparison: charts, units, the figures a reader sees first."""
