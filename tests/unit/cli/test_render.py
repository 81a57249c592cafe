"""Tables on the terminal that show the first rows say how many they leave out."""

import pytest

from skyrack.cli import render


@pytest.mark.parametrize(("count", "said"), [(3, ""), (5, ""), (6, "(the first 5 of 6 cities; --json has all)\n")])
def test_a_table_that_is_cut_says_so(count, said):
    with render.CONSOLE.capture() as captured:
        render.left_out(count, 5, "cities")
    assert captured.get() == said
