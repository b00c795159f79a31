"""What happens in a step, one file a process."""
