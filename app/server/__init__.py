"""What the server has once: the engine, the door, the command that starts it."""
