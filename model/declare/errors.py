"""What is raised for whatever a user got wrong."""


class InputError(ValueError):
    """What a user handed in cannot be used; the message says where, what, and what is allowed."""
