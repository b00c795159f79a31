"""What calibration writes: folders, charts, the page of validation."""
