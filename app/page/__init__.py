"""The page: its parts, the words and figures that they show."""
