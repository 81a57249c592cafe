"""The serving engine against another one, written apart, that walks every iteration."""

import numpy as np
from benchmarks.serving import case, fast, plain
from hypothesis import given
from hypothesis import strategies as st

from skyrack.workload.engine import Limits

ROWS = st.lists(
    st.tuples(st.floats(0.0, 0.1), st.integers(1, 300), st.integers(1, 60)),
    min_size=1,
    max_size=40,
)


@given(ROWS, st.integers(400, 2500), st.integers(1, 10), st.integers(16, 500))
def test_the_same_times(rows, kv_tokens, together, batch):
    """Every first and last token at the same time, memory short or not."""
    gaps, prompt, output = (np.array(column) for column in zip(*rows, strict=True))
    limits, pace = Limits(kv_tokens, together, max(batch, together + 1)), case(1)[-1]
    asked = fast(np.cumsum(gaps), prompt, output, limits, pace)
    first_s, last_s = plain(np.cumsum(gaps), prompt.tolist(), output.tolist(), limits, pace)
    np.testing.assert_allclose(asked.first_s, first_s, rtol=0.0, atol=1e-9)
    np.testing.assert_allclose(asked.last_s, last_s, rtol=0.0, atol=1e-9)
