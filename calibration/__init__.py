"""The model's parameters from real figures, with uncertainty, and forecasts of unseen years."""
