"""Trace files: their formats, and each way in which they can be wrong."""

import json

import numpy as np
import pytest

from skyrack.catalogue.traces import trace_statistics, traces
from skyrack.core.errors import InputError
from skyrack.workload.requests import draw_gaps, draw_requests, read_trace

AZURE = "TIMESTAMP,ContextTokens,GeneratedTokens\n"


def written(tmp_path, text, name="trace.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_azure(tmp_path):
    text = AZURE + "2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n"
    trace = read_trace(written(tmp_path, text))
    assert trace.arrival_s.tolist() == pytest.approx([0.0, 4.314579])
    assert trace.prompt.tolist() == [374, 396]
    assert trace.output.tolist() == [44, 109]
    assert trace.statistics["requests"] == 2


def test_burstgpt_leaves_out_what_failed(tmp_path):
    text = (
        "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
        "5,ChatGPT,472,18,490,Conversation log\n45,GPT-4,1087,0,1087,API log\n118,ChatGPT,417,276,693,API log\n"
    )
    trace = read_trace(written(tmp_path, text))
    assert trace.n_failed == 1
    assert trace.arrival_s.tolist() == [0.0, 113.0]


def test_mooncake_prefixes(tmp_path):
    """Blocks of 512 tokens that an earlier request had, from the begin of the prompt on."""
    rows = [
        {"timestamp": 0, "input_length": 1500, "output_length": 10, "hash_ids": [1, 2, 3]},
        {"timestamp": 500, "input_length": 1600, "output_length": 20, "hash_ids": [1, 2, 9, 3]},
        {"timestamp": 900, "input_length": 300, "output_length": 5, "hash_ids": [1]},
        {"timestamp": 900, "input_length": 700, "output_length": 5, "hash_ids": [7, 1]},
    ]
    trace = read_trace(written(tmp_path, "\n".join(map(json.dumps, rows)), "trace.jsonl"))
    assert trace.prefix.tolist() == [0, 1024, 300, 0]
    assert trace.arrival_s.tolist() == [0.0, 0.5, 0.9, 0.9]


def test_sessions(tmp_path):
    rows = [
        {"queued_ts": 1.0, "input_toks": 5, "output_toks": 1, "session_id": "a"},
        {"queued_ts": 2.0, "input_toks": 5, "output_toks": 1, "session_id": "b"},
        {"queued_ts": 3.0, "input_toks": 5, "output_toks": 1, "session_id": "a"},
    ]
    assert read_trace(written(tmp_path, "\n".join(map(json.dumps, rows)), "t.jsonl")).before.tolist() == [-1, -1, 0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no requests|columns"),
        ("a,b\n1,2\n", ":1: the columns are a, b; accepted are"),
        (AZURE, "no requests"),
        (AZURE + "2023-11-16 18:15:46,374\n", ":2: 'GeneratedTokens' is None"),
        (AZURE + "2023-11-16 18:15:46,374,-4\n", ":2: 'GeneratedTokens' is '-4'; a number of zero or more"),
        (AZURE + "2023-11-16 18:15:46,many,4\n", ":2: 'ContextTokens' is 'many'"),
        (AZURE + "2023-11-16 18:15:46,3.5,4\n", "a whole number of tokens"),
        (AZURE + "yesterday,3,4\n", ":2: 'yesterday' is not a time such as"),
        (AZURE + "2023-11-16 18:15:46,3,4\n2023-11-16 18:15:45,3,4\n", ":3: this request came before the one above"),
        (AZURE + "2023-11-16 18:15:46,3,0\n", "no request in it has an answer"),
        ('{"timestamp": 0, "input_length": 5}\n', ":1: the field 'output_length' is missing"),
        ('{"timestamp": 0,\n', ":1: this line is not JSON"),
        ('{"timestamp": 0, "input_length": 5, "output_length": true}\n', "'output_length' is True"),
        ('{"timestamp": 0, "input_length": 5, "output_length": 5, "hash_ids": "x"}\n', "'hash_ids' is not a list"),
        ("{}\n[]\n", ":1: the field"),
    ],
)
def test_what_can_be_wrong(tmp_path, text, said):
    with pytest.raises(InputError, match=said):
        read_trace(written(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_trace(tmp_path / "nothing.csv")


@pytest.mark.parametrize("name", ["conversation", "code"])
def test_draws_are_like_their_trace(name):
    """Means of the published traces, from quantiles alone; the same draws for the same seed."""
    means = {"conversation": (1154.7, 211.1), "code": (2047.8, 27.9)}[name]
    prompt, output = draw_requests(trace_statistics(name), np.zeros(100_000), 5)
    assert prompt.mean() == pytest.approx(means[0], rel=0.02)
    assert output.mean() == pytest.approx(means[1], rel=0.03)
    again = draw_requests(trace_statistics(name), np.zeros(100_000), 5)
    assert (prompt == again[0]).all()
    assert (output == again[1]).all()
    assert np.corrcoef(prompt.argsort().argsort(), output.argsort().argsort())[0, 1] == pytest.approx(
        trace_statistics(name).rank_correlation, abs=0.02
    )


def test_gaps():
    gaps = draw_gaps(200_000, 5.0, 3.0, np.random.default_rng(1))
    assert gaps.mean() == pytest.approx(0.2, rel=0.03)
    assert gaps.std() / gaps.mean() == pytest.approx(3.0, rel=0.05)


def test_unknown_streams():
    with pytest.raises(InputError, match="did you mean 'conversation'"):
        trace_statistics("conversations")
    assert set(traces()) == {"conversation", "code"}
