"""From figures to parameters: past windows, a bank of runs, a posterior."""
