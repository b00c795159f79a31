"""Who carries out runs, and how they are told to stop."""
