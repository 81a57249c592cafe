"""Readers of published formats, and the generator against the statistics of published clusters."""

import json

import numpy as np
import pytest

from skyrack.core.errors import InputError
from skyrack.operations.traces.generator import clusters, generate
from skyrack.operations.traces.readers import moments, read_trace

ACME = """job_id,user,node_num,gpu_num,cpu_num,type,state,submit_time,start_time,end_time,duration,queue,gpu_time
a,u1,1,8,64,SFT,COMPLETED,2023-03-01 00:10:00+08:00,2023-03-01 00:11:00+08:00,2023-03-01 01:11:00+08:00,3600,60,28800
b,u2,0,0,4,Other,COMPLETED,2023-03-01 00:00:00+08:00,2023-03-01 00:00:01+08:00,2023-03-01 00:01:01+08:00,60,1,0
c,u1,2,16,128,Pretrain,FAILED,2023-03-01 00:00:00+08:00,2023-03-01 00:00:30+08:00,2023-03-01 00:02:30+08:00,120,30,1920
"""
HELIOS = """job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,queue
1,u,vc1,1,6,1,COMPLETED,2020-04-01 00:00:00,2020-04-01 00:00:10,2020-04-01 00:01:10,60,10
2,u,vc2,32,6,4,CANCELLED,2020-04-01 01:00:00,2020-04-01 01:00:10,2020-04-01 01:10:10,600,10
"""
PAI_2023 = """name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time
p0,12000,16384,1,1000,,LS,Running,0,12537496,0
p1,6000,12288,0,0,,LS,Running,427061,12902960,427061
p2,6000,12288,8,1000,,BE,Failed,500000,500400,500100
"""
PAI_2020 = """j1,tensorflow,3.0,Terminated,1000.0,1600.0,600.0,29.0,50.0,MISC
j2,worker,1.0,Failed,900.0,1000.0,600.0,29.0,,CPU
"""
SWF = """; Version: 2.2
; Computer: test
1 0 10 100 4 -1 -1 4 200 -1 1 1 1 1 1 1 -1 -1
2 50 0 30 -1 -1 -1 8 60 -1 1 1 1 1 2 1 -1 -1
3 60 0 -1 8 -1 -1 8 60 -1 0 1 1 1 2 1 -1 -1
"""
PHILLY = [
    {
        "status": "Pass",
        "vc": "6214e9",
        "jobid": "a",
        "attempts": [
            {
                "start_time": "2017-10-07 01:00:10",
                "end_time": "2017-10-07 01:10:10",
                "detail": [{"ip": "m", "gpus": ["g0"]}],
            },
            {
                "start_time": "2017-10-07 01:12:00",
                "end_time": "2017-10-07 01:22:00",
                "detail": [{"ip": "m", "gpus": ["g0", "g1"]}, {"ip": "n", "gpus": ["g2", "g3"]}],
            },
        ],
        "submitted_time": "2017-10-07 01:00:00",
        "user": "u",
    },
    {"status": "Killed", "vc": "x", "jobid": "b", "attempts": [], "submitted_time": "2017-10-07 01:00:00", "user": "u"},
]


@pytest.mark.parametrize(
    ("name", "text", "arrival", "run", "gpus", "wait"),
    [
        ("acme.csv", ACME, [0.0, 600.0], [120.0, 3600.0], [16, 8], [30.0, 60.0]),
        ("helios.csv", HELIOS, [0.0, 3600.0], [60.0, 600.0], [1, 32], [10.0, 10.0]),
        ("pods.csv", PAI_2023, [0.0, 500_000.0], [12_537_496.0, 300.0], [1, 8], [0.0, 100.0]),
        ("tasks.csv", PAI_2020, [0.0], [600.0], [2], None),
        ("log.swf", SWF, [0.0, 50.0], [100.0, 30.0], [4, 8], [10.0, 0.0]),
        ("jobs.json", json.dumps(PHILLY), [0.0], [1200.0], [4], [10.0]),
    ],
)
def test_every_format_is_read(tmp_path, name, text, arrival, run, gpus, wait):
    path = tmp_path / name
    path.write_text(text)
    trace = read_trace(path)
    assert trace.arrival_s.tolist() == arrival
    assert trace.run_s.tolist() == run
    assert trace.gpus.tolist() == gpus
    assert (None if trace.wait_s is None else trace.wait_s.tolist()) == wait


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("x.csv", "a,b\n1,2\n", "of no known format"),
        ("x.swf", "1 2 3\n", "line 1: it has 3 fields; SWF has 18"),
        ("x.json", "{", "cannot be read"),
        ("y.csv", ACME.splitlines()[0] + "\n", "no job with a run time"),
    ],
)
def test_a_wrong_trace_is_refused_in_one_sentence(tmp_path, name, text, says):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        read_trace(path)


@pytest.mark.parametrize("name", list(clusters()))
def test_generated_jobs_have_the_moments_of_the_cluster(name):
    """Within 5 %; GPU time, which a few largest jobs decide, within 20 %."""
    trace = generate(f"{name}-like", 300_000, 86_400.0, seed=2)
    theirs, ours = clusters()[name], moments(trace)
    assert ours["run_mean_s"] == pytest.approx(theirs.run_mean_s, rel=0.05)
    assert ours["run_median_s"] == pytest.approx(theirs.run_median_s, rel=0.05)
    assert ours["gpus_mean"] == pytest.approx(theirs.gpus_mean, rel=0.05)
    assert ours["gpus_median"] == theirs.gpus_median
    assert trace.gpu_s / len(trace) == pytest.approx(theirs.gpu_s_mean, rel=0.2)
    assert (np.diff(trace.arrival_s) >= 0.0).all()
    again = generate(f"{name}-like", 300_000, 86_400.0, seed=2)
    assert (again.run_s == trace.run_s).all()
