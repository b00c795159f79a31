"""Experiments with the model: paired comparisons, their storage, report and command line."""
