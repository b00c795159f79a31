"""A tree of questions about the factors that leads to an outcome (CART, Breiman et al. 1984).

The tree is scikit-learn's, pruned to the smallest that cross-validation cannot tell from the best
(the rule of one standard error): where nothing can be told it is a single leaf.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from divide.experiments.plan.design import Array
from divide.experiments.read.response import Response

#: Points that it needs (assumed), parts of the cross-validation, and the least share of a leaf.
LEAST, FOLDS, LEAF = 50, 5, 0.05
MOST_LEAVES = 8


@dataclass(frozen=True, eq=False)
class Tree:
    """A tree that was grown.

    Attributes:
        model: scikit-learn's tree.
        names: The factors, in the order of its columns.
        rules: One row a leaf, the greatest value first: rule ("a <= 1 and b > 2"), value (share
            of its points that are of interest, or mean of the outcome), lo95, hi95, coverage
            (share of the points of interest; only with a question), mass and points.
        skill: What it explains of the variance of points that it has not seen.
        asked: Whether it tells points of interest from others.
    """

    model: Any
    names: tuple[str, ...]
    rules: pd.DataFrame
    skill: float
    asked: bool


def cart(found: Response, chosen: np.ndarray | None = None, seed: int = 1) -> Tree:
    """A tree for the outcome, or for whether a point is of interest.

    Args:
        found: The outcome at the points.
        chosen: Points of interest, (points,) bool; None explains the outcome itself.
        seed: Of the parts of the cross-validation.

    Raises:
        InputError: There are too few points.
    """
    found.check_points(LEAST, "cart")
    y = found.y if chosen is None else chosen.astype(float)
    model, skill = _pruned(found.x, y, seed, asked=chosen is not None)
    rules = _rules(model, list(found.factors.columns), found.x, y, asked=chosen is not None)
    return Tree(model, tuple(found.factors.columns), rules, skill, chosen is not None)


def conditions(model: Any, names: list[str]) -> dict[int, list[tuple[str, str, float]]]:
    """For every leaf, by its number, what leads there: factor, "<=" or ">", and value."""
    tree, found = model.tree_, {}
    ways: list[tuple[int, list[tuple[str, str, float]]]] = [(0, [])]
    while ways:
        node, way = ways.pop()
        if tree.children_left[node] == -1:
            found[node] = way
            continue
        name, cut = names[tree.feature[node]], float(tree.threshold[node])
        ways.append((int(tree.children_right[node]), [*way, (name, ">", cut)]))
        ways.append((int(tree.children_left[node]), [*way, (name, "<=", cut)]))
    return found


@dataclass(frozen=True)
class Node:
    """A node as it is drawn: leaves at 0, 1, ... from the left, a parent above its children."""

    x: float
    depth: int
    value: float
    text: str


def drawn(tree: Tree) -> tuple[list[Node], list[tuple[Node, Node, str]]]:
    """The nodes of a tree in places of their own, and its links with "yes" to the left, "no"."""
    inner = tree.model.tree_
    nodes: list[Node] = []
    links: list[tuple[Node, Node, str]] = []
    leaves = iter(range(inner.node_count))

    def place(at: int, depth: int) -> Node:
        value, points = float(inner.value[at].item()), int(inner.n_node_samples[at])
        said = f"{value:.0%}" if tree.asked else f"{value:.4g}"
        text, children = f"{said}\n{points:,} points", []
        if inner.children_left[at] != -1:
            children = [place(int(inner.children_left[at]), depth + 1),
                        place(int(inner.children_right[at]), depth + 1)]  # fmt: skip
            text = f"{tree.names[inner.feature[at]]}\n<= {inner.threshold[at]:.4g}?\n{text}"
        x = sum(child.x for child in children) / 2 if children else float(next(leaves))
        node = Node(x, depth, value, text)
        nodes.append(node)
        links.extend(
            (node, child, word) for child, word in zip(children, ("yes", "no"), strict=False)
        )
        return node

    place(0, 0)
    return nodes, links


def _pruned(x: Array, y: Array, seed: int, *, asked: bool) -> tuple[Any, float]:
    """The smallest tree within a standard error of the best, and its skill on unseen points.

    A tree for 0 and 1 that splits by variance is one that splits by Gini's impurity: they differ
    by a factor of two.
    """
    # It takes a second to load.
    from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
    from sklearn.tree import DecisionTreeRegressor

    settings = {
        "min_samples_leaf": max(5, round(LEAF * len(y))),
        "max_leaf_nodes": MOST_LEAVES,
        "random_state": seed,
    }
    path = DecisionTreeRegressor(**settings).cost_complexity_pruning_path(x, y).ccp_alphas
    # Between two prices at which the tree changes lies their geometric mean (Breiman et al.); past
    # the last there is no split left, here or in any part.
    steps = np.unique(np.maximum(path, 0.0))
    prices = [*np.sqrt(steps[:-1] * steps[1:]), 2 * float(y.var()) + 1e-300]
    kind = StratifiedKFold if asked and min(y.sum(), (1 - y).sum()) >= FOLDS else KFold
    parts = list(kind(FOLDS, shuffle=True, random_state=seed).split(x, y))
    tried = []
    for price in prices:
        tree = DecisionTreeRegressor(**settings, ccp_alpha=float(price))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a part without spread has no share explained
            errors = -cross_val_score(tree, x, y, cv=parts, scoring="neg_mean_squared_error")
        tried.append((float(price), errors.mean(), errors.std(ddof=1) / np.sqrt(FOLDS)))
    _, least, spread = min(tried, key=lambda each: each[1])
    price, error, _ = max(each for each in tried if each[1] <= least + spread)
    grown = DecisionTreeRegressor(**settings, ccp_alpha=price).fit(x, y)
    return grown, 1 - error / float(y.var())


def _rules(model: Any, names: list[str], x: Array, y: Array, *, asked: bool) -> pd.DataFrame:
    from scipy.stats import binomtest, t  # takes a second to load

    at = model.apply(x)
    rows = []
    for leaf, way in conditions(model, names).items():
        own = y[at == leaf]
        if asked:
            low, high = binomtest(int(own.sum()), own.size).proportion_ci(0.95, "wilson")
        else:
            half = float(t.ppf(0.975, own.size - 1)) * own.std(ddof=1) / np.sqrt(own.size)
            low, high = own.mean() - half, own.mean() + half
        rows.append((_said(way), own.mean(), low, high, own.sum() / y.sum() if asked else np.nan,
                     own.size / y.size, own.size))  # fmt: skip
    columns = ["rule", "value", "lo95", "hi95", "coverage", "mass", "points"]
    table = pd.DataFrame(rows, columns=columns)
    table = table if asked else table.drop(columns="coverage")
    return table.sort_values("value", ascending=False, ignore_index=True)


def _said(way: list[tuple[str, str, float]]) -> str:
    """Conditions as one line, one for each factor: of several on one side the last is tightest."""
    low = {name: cut for name, sign, cut in way if sign == ">"}
    high = {name: cut for name, sign, cut in way if sign == "<="}
    said = []
    for name in dict.fromkeys(name for name, _, _ in way):
        if name in low and name in high:
            said.append(f"{low[name]:.4g} < {name} <= {high[name]:.4g}")
        else:
            said.append(
                f"{name} > {low[name]:.4g}" if name in low else f"{name} <= {high[name]:.4g}"
            )
    return " and ".join(said) or "everywhere"
