"""What the model declares: parameters and levers, in YAML files that name line and value."""
