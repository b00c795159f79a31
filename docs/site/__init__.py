"""Makes the documentation site: the guides, executed notebooks, and the reference of the code."""
