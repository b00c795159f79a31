"""Names of the methods of `analysis`, for who must not wait until it is loaded."""

METHODS = ("sobol", "morris", "regression", "partial", "correlation", "information", "forest",
           "prim", "cart", "regret")  # fmt: skip
