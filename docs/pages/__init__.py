"""Every page, table and picture of the documentation that is generated, in one place.

`parts` are tables made from the model's declarations, cheap enough to be made anew at each check.
`kept` pages come from minutes or hours of runs; for them is kept what they were made with.
"""
