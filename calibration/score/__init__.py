"""How good forecasts are, beside the methods to beat."""
