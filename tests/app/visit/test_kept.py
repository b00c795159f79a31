"""What is made of results is made once for all who look at the same."""

from divide.app.visit.kept import MOST, kept
from divide.model.scenario import Scenario


def test_the_same_arguments_are_asked_about_once():
    asked = []

    @kept
    def made(thing, number):
        asked.append((thing, number))
        return [number]

    mine, other = [1], [1]  # equal, and lists have no hash: what counts is which object it is
    first = made(mine, 2)
    assert made(mine, 2) is first
    assert made(mine, 3) == [3] and made(other, 2) is not first
    assert asked == [(mine, 2), (mine, 3), (other, 2)]
    # visitors of equal scenarios look at the same
    assert made(Scenario(seed=2), 2) is made(Scenario(seed=2), 2)


def test_the_least_recently_used_goes_first():
    asked = []

    @kept
    def made(number):
        asked.append(number)
        return number

    for number in range(MOST):
        made(number)
    made(0)
    made(MOST)  # takes the place of 1
    made(0)
    assert asked == [*range(MOST), MOST]
    made(1)
    assert asked[-1] == 1
