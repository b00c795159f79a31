"""One visit: what was chosen, the runs it needs, links and files to take away."""
