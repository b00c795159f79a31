"""The command `divide`."""
