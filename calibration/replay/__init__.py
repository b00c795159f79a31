"""Replay of natural experiments: the model under the shock that a study saw, and its estimand."""
