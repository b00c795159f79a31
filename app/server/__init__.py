"""What the server has once: the engine, the guard, the command that starts it."""
