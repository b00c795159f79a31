"""The workshop: the model in a browser, for people who do not write code."""
