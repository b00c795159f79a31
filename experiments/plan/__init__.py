"""What will be run, checked before any work starts."""
