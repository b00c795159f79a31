"""Figures and names as people read them: units, tables, the outcomes that come first."""
