"""The agents of the model."""
