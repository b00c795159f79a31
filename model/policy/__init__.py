"""Policy levers: what they are, whom they reach, what they cost."""
