"""Manifests in three forms, and what is refused at submission."""

import jsonschema
import pytest
import yaml

from skyrack.core.errors import InputError
from skyrack.forecast.forecast import Forecast
from skyrack.operations.accounting import Rates
from skyrack.operations.admission import admit
from skyrack.operations.core import ControlState
from skyrack.operations.manifest import read_manifest, to_kubernetes
from skyrack.operations.policy import policy_named
from skyrack.operations.queues import Queue, QueueTree
from skyrack.operations.simulation import Fleet
from skyrack.run.prepare import load_flown, prepare

YAML = """
name: tune
kind: fine-tuning
command: [torchrun, train.py]
gang: {satellites: 16, shape: ring}
needs: {light: required}
time: {work: 6 h, deadline: 2 d}
checkpoint: {every: 10 min, takes: 5 s, size: 40 GB}
queue: research
"""
SCRIPT = """#!/bin/bash
#SKYRACK --satellites=16 --shape=ring --light=required
#SKYRACK --time="6 h" --deadline="2 d" --kind=fine-tuning   # and a comment
#SKYRACK --checkpoint-every="10 min" --checkpoint-time="5 s" --checkpoint-size="40 GB" --queue=research --job-name=tune
srun torchrun train.py
"""
JOBSET = """
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata:
  name: tune
  labels: {kueue.x-k8s.io/queue-name: research}
  annotations:
    skyrack.dev/time: 6 h
    skyrack.dev/deadline: 2 d
    skyrack.dev/light: required
    skyrack.dev/shape: ring
    skyrack.dev/kind: fine-tuning
    skyrack.dev/checkpoint-every: 10 min
    skyrack.dev/checkpoint-time: 5 s
    skyrack.dev/checkpoint-size: 40 GB
spec:
  replicatedJobs:
  - name: workers
    replicas: 2
    template:
      spec:
        parallelism: 8
        template: {spec: {containers: [{name: c, image: i, command: [torchrun], args: [train.py]}]}}
"""


def manifest(tmp_path, text, name="job.yaml"):
    path = tmp_path / name
    path.write_text(text)
    return read_manifest(path)


def test_three_forms_ask_for_the_same(tmp_path):
    ours, script, jobset = (
        manifest(tmp_path, text, name) for text, name in ((YAML, "a.yaml"), (SCRIPT, "b.sh"), (JOBSET, "c.yaml"))
    )
    assert ours.time.work_s == 6 * 3600.0
    assert ours.checkpoint.size_bytes == 40e9
    for other in (script, jobset):
        assert other.model_copy(update={"script": None, "command": ours.command}) == ours
    assert jobset.command == ours.command
    assert script.script == SCRIPT


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        (YAML.replace("6 h", "6"), "a.yaml", r"a.yaml:7: time.work: 6 has no unit"),
        (YAML.replace("ring", "sphere"), "a.yaml", "a.yaml:5: gang.shape"),
        (YAML.replace("queue:", "queues:"), "a.yaml", "a.yaml:9: queues"),
        (YAML.replace("command: [torchrun, train.py]\n", ""), "a.yaml", "either 'command' or 'script'"),
        (YAML.replace("40 GB", ".nan GB"), "a.yaml", "checkpoint.size"),
        (SCRIPT.replace("--light", "--lamp"), "b.sh", "b.sh:2: '--lamp=required' is no option"),
        (SCRIPT.replace('--time="6 h" ', ""), "b.sh", "lacks the work"),
        (JOBSET.replace("/light", "/lamp"), "c.yaml", "annotation skyrack.dev/lamp"),
        (JOBSET.replace("containers", "boxes"), "c.yaml", "no Job or JobSet with a container"),
        ("- a\n- b\n", "a.yaml", "a mapping of keys"),
    ],
)
def test_a_wrong_manifest_is_refused_in_one_sentence(tmp_path, text, name, says):
    with pytest.raises(InputError, match=says) as refused:
        manifest(tmp_path, text, name)
    assert "\n" not in str(refused.value)


@pytest.fixture(scope="module")
def fleet():
    return operated("starlink-v3-compute")


def operated(name):
    plan = prepare(load_flown(name))
    forecast = Forecast.of(plan, 0.0, 2 * 86_400.0)
    given = Fleet.of(forecast)
    tree = QueueTree((Queue("default"), Queue("research"), Queue("small", max_nodes=4)))
    state = ControlState(given.fresh_nodes(), given.light.sky, policy_named("forecast"), tree)
    return forecast, Fleet.of(forecast), state, Rates.of(plan)


def test_an_admitted_job_has_the_columns_of_its_manifest(tmp_path, fleet):
    found = admit(manifest(tmp_path, YAML), *fleet, 100.0)
    assert {"nodes": 16, "rows": 1, "columns": 16, "condition": 1, "queue": 1}.items() <= found.items()
    assert found["deadline_s"] == 100.0 + 2 * 86_400.0
    assert fleet[2].submit(found).tolist() == [0]


@pytest.mark.parametrize(
    ("change", "to", "says"),
    [
        ("satellites: 16", "satellites: 1000", "1,000 do not fit into one ring; the largest has 22"),
        ("satellites: 16, shape: ring", "satellites: 100000", "fits into no group of neighbouring rings"),
        ("satellites: 16, shape: ring", "satellites: 300, shape: block, rings: 900", "neighbouring rings of up to 22"),
        ("deadline: 2 d", "deadline: 5 h", "5 h after submission is before the earliest end"),
        ("queue: research", "queue: small", "may hold 4 satellites at most"),
        ("queue: research", "queue: nobody", "accepted are the queues without others below"),
        ("queue: research", "near: [Longyearbyen]", "near: "),
        ("queue: research", "budget: {money: 1 USD}", "the work alone costs"),
        ("queue: research", "budget: {energy: 1 kWh}", "the work alone takes"),
        ("queue: research", "data: {in: 1e11 GB}", "will not be up within the forecast"),
    ],
)
def test_what_cannot_be_is_refused_with_its_figure(tmp_path, fleet, change, to, says):
    with pytest.raises(InputError, match=says):
        admit(manifest(tmp_path, YAML.replace(change, to)), *fleet, 0.0)


def test_a_checkpoint_longer_than_the_light_is_refused(tmp_path):
    """Suncatcher's satellites are dark in every orbit of these days."""
    with pytest.raises(InputError, match=r"the longest sunlight of this fleet lasts 1\.5"):
        admit(manifest(tmp_path, YAML.replace("takes: 5 s", "takes: 1 h")), *operated("suncatcher-81"), 0.0)


MORE = """\
priority: 3
retries: 2
near: [London, Tokyo]
preemptible: false
data: {in: 40 GB, out: 1 GB}
budget: {money: 200 USD}
"""


@pytest.mark.parametrize("text", [YAML, YAML + MORE])
def test_a_jobset_is_read_back_as_the_same_job(tmp_path, text):
    """One pod for each satellite, all or none, never restarted by Kubernetes; Kueue's label names the queue."""
    job = manifest(tmp_path, text)
    found = to_kubernetes(job, "registry/train:1")
    again = manifest(tmp_path, yaml.safe_dump(found), "jobset.yaml")
    assert again == job
    assert found["metadata"]["labels"] == {"kueue.x-k8s.io/queue-name": "research"}
    [replicated] = found["spec"]["replicatedJobs"]
    spec = replicated["template"]["spec"]
    assert (spec["parallelism"], spec["completions"], spec["backoffLimit"]) == (16, 16, 0)
    assert found["spec"]["failurePolicy"] == {"maxRestarts": 0}
    assert spec["template"]["spec"]["restartPolicy"] == "Never"
    assert spec["template"]["spec"]["containers"][0]["image"] == "registry/train:1"


def an_object(required, **properties):
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


LABELS = {"type": "object", "additionalProperties": {"type": "string", "maxLength": 63}}
NOTES = {"type": "object", "additionalProperties": {"type": "string"}}
WHOLE, TEXT = {"type": "integer"}, {"type": "string"}
CONTAINER = an_object(
    ["name"], name=TEXT, image=TEXT, command={"type": "array", "items": TEXT}, args={"type": "array", "items": TEXT}
)
POD = an_object(
    ["containers"],
    containers={"type": "array", "items": CONTAINER, "minItems": 1},
    restartPolicy={"enum": ["Always", "OnFailure", "Never"]},
    terminationGracePeriodSeconds=WHOLE,
)
JOB = an_object(
    ["template"],
    parallelism=WHOLE,
    completions=WHOLE,
    completionMode={"enum": ["NonIndexed", "Indexed"]},
    backoffLimit=WHOLE,
    template=an_object(["spec"], metadata=an_object([], labels=LABELS, annotations=NOTES), spec=POD),
)
REPLICATED = an_object(
    ["name", "template"],
    name=TEXT,
    replicas=WHOLE,
    template=an_object([], metadata=an_object([], labels=LABELS), spec=JOB),
)
JOBSET_SCHEMA = an_object(
    ["apiVersion", "kind", "metadata", "spec"],
    apiVersion={"const": "jobset.x-k8s.io/v1alpha2"},
    kind={"const": "JobSet"},
    metadata=an_object(["name"], name={"type": "string", "maxLength": 63}, labels=LABELS, annotations=NOTES),
    spec=an_object(
        [],
        suspend={"type": "boolean"},
        failurePolicy=an_object([], maxRestarts=WHOLE, restartStrategy={"enum": ["Recreate", "BlockingRecreate"]}),
        replicatedJobs={"type": "array", "items": REPLICATED},
    ),
)
"""The fields of JobSet v1alpha2 (sigs.k8s.io/jobset, custom resource definition) and batch/v1 Job that Skyrack writes."""


@pytest.mark.parametrize("text", [YAML, SCRIPT, JOBSET])
def test_a_jobset_has_the_fields_and_types_of_its_definition(tmp_path, text):
    suffix = {YAML: "a.yaml", SCRIPT: "a.sh", JOBSET: "b.yaml"}[text]
    jsonschema.validate(to_kubernetes(manifest(tmp_path, text, suffix), "registry/train:1"), JOBSET_SCHEMA)


def test_a_name_that_kubernetes_refuses(tmp_path):
    with pytest.raises(InputError, match="Kubernetes accepts up to 52"):
        to_kubernetes(manifest(tmp_path, YAML.replace("name: tune", f"name: {'x' * 70}")), "i")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the file is empty; accepted is a mapping with name, time"),
        (YAML.replace("[torchrun, train.py]", '[""]'), "command.0"),
        (YAML + "checkpoint: {signal: SIGSTOP}\n", "written twice|checkpoint"),
        (YAML.replace("work: 6 h", "work: 1e-300 s"), "time.work"),
        (JOBSET.replace("metadata:\n", "metadata: [a]\nignored:\n"), "this is no Job or JobSet"),
        (JOBSET.replace("labels: {kueue.x-k8s.io/queue-name: research}", "labels: [x]"), "this is no Job or JobSet"),
        (JOBSET.replace("command: [torchrun]", "command: echo hi"), "command and args are lists of words"),
    ],
)
def test_wrong_manifests_get_a_sentence(tmp_path, text, sentence):
    with pytest.raises(InputError, match=sentence):
        manifest(tmp_path, text)


def test_a_city_whose_name_has_a_comma_survives_a_jobset(tmp_path):
    job = manifest(tmp_path, YAML + "near: ['Washington, D.C.']\n")
    assert manifest(tmp_path, yaml.safe_dump(to_kubernetes(job, "i")), "jobset.yaml") == job
