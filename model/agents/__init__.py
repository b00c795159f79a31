"""The agents of the model."""

from divide.model import light as light  # before any agent loads Mesa
