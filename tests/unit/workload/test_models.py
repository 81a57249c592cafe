"""Language models by hand, and groups that cannot be."""

import pytest

from skyrack.catalogue.parts import parts
from skyrack.core.errors import InputError
from skyrack.workload.models import language_model, peak_flops
from skyrack.workload.roofline import Efficiency, TensorParallelGroup, iteration

KERNELS = Efficiency(0.7, 0.8, 20e-6, 0.5e-3, 15e-6, 0.9)


def test_keys_and_values_by_hand():
    assert language_model("llama-3.1-8b").kv_bytes_per_token(16.0) == 131_072
    assert language_model("llama-3.1-70b").kv_bytes_per_token(16.0) == 327_680
    assert language_model("deepseek-v3").kv_bytes_per_token(16.0) == 61 * 576 * 2


@pytest.mark.parametrize("name", [name for name in parts("models") if name != "deepseek-v3"])
def test_parameters_are_about_those_of_the_widths(name):
    """Attention, feed-forward and vocabulary add up to what is published as active, within a tenth.

    But for the model whose attention is compressed, which no count by widths fits.
    """
    model = language_model(name)
    attention = model.width * model.head_width * 2.0 * (model.heads + model.kv_width / model.head_width / 2.0)
    layer = attention + 3.0 * model.width * model.feedforward_width
    tied = 1.0 if name == "gpt-oss-120b" else 2.0
    whole = model.layers * layer + tied * model.head_parameters
    assert whole == pytest.approx(model.active_parameters, rel=0.12)


def test_training_arithmetic_by_hand():
    model = language_model("llama-3.1-70b")
    assert model.training_flops(1e12) == pytest.approx(6.0 * 70.6e9 * 1e12)
    pairs = 3.0 * 4.0 * 80 * 64 * 128 * 0.5 * 8192
    assert model.training_flops(1.0, 8192) == pytest.approx(6.0 * 70.6e9 + pairs)


def test_precisions():
    assert peak_flops("h100", "bf16") == 989e12
    with pytest.raises(InputError, match="tpu-v6e has no 'fp4'; the catalogue knows bf16"):
        peak_flops("tpu-v6e", "fp4")


@pytest.mark.parametrize(
    ("model", "chip", "size", "precision", "said"),
    [
        ("llama-3.1-405b", "h100", 4, "bf16", "takes 812 GB, 4 x h100 hold 288 GB"),
        ("llama-3.1-70b", "h100", 3, "bf16", "cannot share the 64 heads"),
        ("llama-3.1-70b", "h100", 16, "bf16", "h100 links 8 in a machine"),
        ("llama-3.1-70b", "tpu-v6e", 8, "fp8", "has no 'fp8'"),
    ],
)
def test_groups_that_cannot_be(model, chip, size, precision, said):
    with pytest.raises(InputError, match=said):
        TensorParallelGroup(language_model(model), chip, size, precision, "bf16", KERNELS)


def test_memory_by_hand():
    group = TensorParallelGroup(language_model("llama-3.1-70b"), "h100", 8, "bf16", "bf16", KERNELS)
    assert group.kv_tokens == int((0.9 * 640e9 - 2 * 70.6e9) / 327_680)
    # more accelerators than heads of keys and values: each head is kept twice
    wide = TensorParallelGroup(language_model("llama-3.1-70b"), "gb300-nvl72", 16, "bf16", "bf16", KERNELS)
    assert wide.kv_tokens == int((0.9 * 16 * 288e9 - 2 * 70.6e9) / (2 * 327_680))


def test_an_iteration_by_hand():
    """One token of Llama 3.1 8B on an H100: all weights but the embedding, read at 0.8 of 3.35 TB/s."""
    pace = TensorParallelGroup(language_model("llama-3.1-8b"), "h100", 1, "bf16", "bf16", KERNELS).pace
    weights = (8.03e9 - 128_256 * 4096) * 2.0 / (0.8 * 3.35e12)
    context = 1000 * 131_072 / (0.8 * 3.35e12)
    vectors = pace.vector_s
    expected = weights + context + vectors + 0.5e-3 + 15e-6
    assert iteration(pace, 1.0, 1000.0, 0.0, 0.0, 1.0, 1.0, 1.0).time_s == pytest.approx(expected, rel=1e-9)


def test_few_tokens_read_few_experts():
    pace = TensorParallelGroup(language_model("deepseek-v3"), "gb300-nvl72", 8, "fp8", "fp8", KERNELS).pace
    one, many = (iteration(pace, n, 0.0, 0.0, 0.0, n, 1.0, 1.0).time_s for n in (1.0, 512.0))
    assert pace.missed_share == pytest.approx(1.0 - 8.0 / 256.0)
    assert many > one + 0.9 * pace.experts_s
    reading = pace.weights_s + pace.experts_s / 32.0
    assert one == pytest.approx(reading + pace.reduce_s + pace.overhead_s, rel=0.01)
