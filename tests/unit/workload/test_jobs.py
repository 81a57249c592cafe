"""Jobs of a small fleet: what they say, what they leave, and each way in which they can be wrong."""

import json

import numpy as np
import pytest

from skyrack import api
from skyrack.catalogue.ground import city_names
from skyrack.scenario import load
from skyrack.workload.accelerator_power import bandwidth_frac, clock_frac, power_frac
from skyrack.workload.demand import HOURS, hour_share, users

FLEET = {
    "name": "small",
    "title": "A small fleet",
    "epoch": "2028-03-20T00:00:00Z",
    "span": "3 h",
    "shells": [
        {
            "name": "sso",
            "kind": "sun-synchronous",
            "altitude": "650 km",
            "local_time": "18 h",
            "planes": 6,
            "satellites_per_plane": 20,
        }
    ],
    "satellite": {
        "solar_array": {"area": "90 m2"},
        "battery": {"capacity": "20 kWh"},
        "compute": {"peak_power": "16 kW", "average_power": "16 kW"},
        "bus_power": "1 kW",
        "electronics": {"heat_capacity": "100 kJ/K"},
        "radiator": {"area_per_face": "20 m2", "heat_capacity": "90 kJ/K", "coupling": "2 kW/K"},
    },
    "power_policy": "always-on",
    "workload": {
        "training": {"model": "llama-3.1-8b", "tokens": 1e11, "batch_tokens": 4e6, "satellites": 20},
        "serving": {
            "model": "llama-3.1-8b",
            "begin": "18 h",
            "span": "5 min",
            "replicas": 8,
            "cities": ["London", "Madrid", "Lagos"],
        },
    },
}


def test_a_training_job(tmp_path):
    job = api.train(FLEET, out=tmp_path / "job")
    found = job.result
    orbit, ground = found["orbit"], found["ground"]
    assert found["satellites"] == 20
    assert orbit["accelerators"] <= 20 * 8
    assert 0.0 < orbit["goodput_frac"] < ground["goodput_frac"] <= 1.0
    lost = {row["name"]: row["lost_frac"] for row in found["losses"]["orbit"]}
    assert sum(lost.values()) == pytest.approx(1.0)
    assert lost["useful"] == pytest.approx(orbit["goodput_frac"])
    assert orbit["days"] == min(row["days"] for row in found["tried"])
    assert orbit["cost_usd"] > 0.0
    kept = json.loads((tmp_path / "job" / "workload.json").read_text())
    assert kept["training"]["orbit"]["days"] == orbit["days"]
    page = (tmp_path / "job" / "report.html").read_text()
    assert page.count("<svg") == 5
    for side in ("orbit", "ground"):
        sizes = found["by_size"][side]
        assert [row["nodes"] for row in sizes] == sorted({row["nodes"] for row in sizes})
        assert all(row["cost_usd"] > 0.0 for row in sizes)
    whole = found["by_size"]["orbit"][-1]
    assert whole["days"] == pytest.approx(orbit["days"])
    assert whole["cost_usd"] == pytest.approx(orbit["cost_usd"])
    assert found["by_shell"][0] == {"shell": found["shell"], "days": orbit["days"]}
    with pytest.raises(api.InputError, match="a training job's"):
        api.open_run(tmp_path / "job")


def test_a_serving_job(tmp_path):
    found = api.serve(FLEET, out=tmp_path / "job").result
    orbit, ground = found["orbit"], found["ground"]
    assert orbit["slo_attainment_frac"] <= orbit["answered_frac"] <= orbit["reached_frac"] <= 1.0
    assert ground["reached_frac"] == 1.0
    assert {row["name"] for row in found["cities"]} == {"London", "Madrid", "Lagos"}
    assert found["requests_per_replica_s"] == pytest.approx(0.7 * found["max_requests_per_replica_s"])
    assert not found["is_saturated"]
    again = api.serve(FLEET, out=tmp_path / "again").result
    assert again == found


def test_too_many_requests_are_said_so(tmp_path):
    usual = api.serve(FLEET, out=tmp_path / "usual").result["requests_per_s"]
    twice = {"workload.serving.requests_per_second": 2.0 * usual}
    found = api.serve(FLEET, twice, out=tmp_path / "twice").result
    assert found["is_saturated"]
    assert "queues grow" in " ".join(found["remarks"])
    assert found["orbit"]["slo_attainment_frac"] < found["orbit"]["reached_frac"]
    with pytest.raises(api.InputError, match="queues would grow without bound"):
        api.serve(FLEET, {"workload.serving.requests_per_second": 10.0 * usual}, out=tmp_path / "ten")


def test_a_small_demand_takes_few_replicas_at_the_same_cost_of_a_token(tmp_path):
    """The job is as large as its demand; what a token costs, and how long it takes, do not depend on that."""
    whole = api.serve(FLEET, out=tmp_path / "whole").result
    assert whole["demand_per_s"] > whole["capacity_per_s"]
    assert whole["used_frac"] == 1.0
    asked = 0.05 * whole["capacity_per_s"]
    small = api.serve(FLEET, {"workload.serving.requests_per_second": asked}, out=tmp_path / "small").result
    reached = small["demand_per_s"] * small["orbit"]["reached_frac"]
    assert small["used_frac"] == pytest.approx(reached / whole["capacity_per_s"])
    assert small["requests_per_s"] == pytest.approx(small["demand_per_s"])
    assert small["capacity_per_s"] == pytest.approx(whole["capacity_per_s"])
    for side in ("orbit", "ground"):
        assert small[side]["usd_per_mtoken"] == pytest.approx(whole[side]["usd_per_mtoken"])
        assert small[side]["ttft_p50_s"] == whole[side]["ttft_p50_s"]
        assert small[side]["tokens_per_s"] == pytest.approx(small["used_frac"] * whole[side]["tokens_per_s"])


def test_serving_and_price_agree(tmp_path):
    served = api.serve(FLEET, out=tmp_path / "job").result
    priced = api.price(FLEET)
    assert priced["with_jobs"]
    for side in ("orbit", "ground"):
        assert priced[side]["prices"]["usd_per_mtoken"] == pytest.approx(served[side]["usd_per_mtoken"], rel=1e-9)
    assert not api.price(FLEET, jobs=False)["with_jobs"]


def test_policies_differ_as_they_should(tmp_path):
    """The nearest has the shortest way; the least loaded the shorter wait."""
    found = {
        policy: api.serve(FLEET, {"workload.serving.policy": policy}, out=tmp_path / policy).result["orbit"]
        for policy in ("nearest", "least-loaded", "sunlit", "session-affinity")
    }
    assert found["least-loaded"]["slo_attainment_frac"] >= found["nearest"]["slo_attainment_frac"]
    assert found["least-loaded"]["ttft_p99_s"] <= found["nearest"]["ttft_p99_s"]


@pytest.mark.parametrize(
    ("verb", "changes", "said"),
    [
        ("train", {"workload.training.satellites": 121}, "121 are asked for; the fleet has 120"),
        ("train", {"workload.training.shell": "sos"}, "'sos' is not one of the shells"),
        ("train", {"workload.training.parallel": {"tensor": 3}}, "3 does not divide the 32 heads"),
        (
            "train",
            {"workload.training.parallel": {"tensor": 16}},
            "16 accelerators share a layer; one of the satellites has 8",
        ),
        ("train", {"workload.training.parallel": {"pipeline": 33}}, "33 stages for the 32 layers"),
        ("train", {"workload.training.parallel": {"expert": 2}}, "2 does not divide the 0 experts"),
        ("train", {"workload.training.parallel": {"data": 4000}}, "4000 x 1 x 1 accelerators are asked for"),
        ("train", {"workload.training.batch_tokens": 8000.0}, "less than a sequence"),
        ("train", {"workload.training.model": "llama-3.1-405b", "workload.training.satellites": 1}, "no room|takes"),
        ("train", {"workload.training.model": "llama-4"}, "is not one of the models"),
        ("train", {"workload.training.tokens": 0.0}, "tokens"),
        ("train", {"workload.training.precision": "fp4", "design.accelerator": "tpu-v6e"}, "has no 'fp4'"),
        ("train", {"workload.training.method": "psychic"}, "'psychic' is not a known model; known are"),
        (
            "train",
            {"workload.training.method": {"model": "diloco", "workers": 40}},
            "40 workers need as many satellites",
        ),
        (
            "train",
            {"satellite.compute.peak_power": "200 W", "satellite.compute.average_power": "200 W"},
            "200 W is not above the 292 W",
        ),
        (
            "serve",
            {
                "workload.serving.model": "llama-3.1-405b",
                "workload.serving.precision": "bf16",
                "design.accelerator": "tpu-v5e",
            },
            "finds no room",
        ),
        ("serve", {"workload.serving.group": 9}, "9 accelerators are asked for; a satellite has 8"),
        ("serve", {"workload.serving.precision": "fp8", "design.accelerator": "tpu-v6e"}, "has no 'fp8'"),
        ("serve", {"workload.serving.requests_per_second": 0.0}, "a rate above zero is needed"),
        ("serve", {"workload.serving.cities": ["Atlantis"]}, "Atlantis"),
        ("serve", {"workload.serving.trace": "talk"}, "'talk' is not a known trace"),
        ("serve", {"workload.serving.trace": "none.csv"}, "does not exist"),
        ("serve", {"workload.serving.target.first_token": "1 ms"}, "even alone"),
        (
            "serve",
            {"network.access.elevation_limit": "89 deg", "workload.serving.cities": ["London"]},
            "no satellite is in reach",
        ),
    ],
)
def test_jobs_that_cannot_be(tmp_path, verb, changes, said):
    with pytest.raises(api.InputError, match=said):
        getattr(api, verb)(FLEET, changes, out=tmp_path / "job")
    assert not (tmp_path / "job").exists()


def test_a_run_says_why_a_job_cannot_be(tmp_path):
    """What is only known in flight is a marked result there."""
    changes = {"workload.serving.target.first_token": "1 ms", "span": "20 min"}
    run = api.simulate(FLEET, overrides=changes, out=tmp_path / "run")
    assert "even alone" in run.workload["impossible"]["serving"]
    assert run.summary["ttft_p50_s"] is None
    assert run.summary["training_days"] > 0.0
    assert "even alone" in (run.path / "report.html").read_text()


def test_a_run_prices_what_was_delivered(tmp_path):
    run = api.simulate(FLEET, overrides={"span": "20 min"}, out=tmp_path / "run")
    prices, job = run.growth["price"]["orbit"]["prices"], run.workload["serving"]["orbit"]
    assert run.summary["usd_per_mtoken"] == prices["usd_per_mtoken"] == job["usd_per_mtoken"]
    tokens_each = 1e6 * prices["usd_per_gpu_hour"] / prices["usd_per_mtoken"] / 3600.0
    # an hour is billed with the power of the satellite over its 8 accelerators, at the load of an hour
    chip_w = 16e3 / 8 * load("suncatcher-81").scenario.economics.hour_load_frac
    whole = run.workload["serving"]
    seen = (
        job["tokens_per_s"] / job["power_w"] * chip_w * whole["allocated_frac"]
    )  # the users bear the cost of all hours
    assert tokens_each == pytest.approx(seen, rel=1e-6)
    here, ground = run.growth["price"]["ground"]["prices"], whole["ground"]
    held = 1e6 * here["usd_per_gpu_hour"] / here["usd_per_mtoken"] / 3600.0
    assert held == pytest.approx(ground["tokens_per_accelerator_s"], rel=0.02)  # billed by the hours that the job holds
    given = api.simulate(
        FLEET, overrides={"span": "20 min", "economics.tokens_per_second": 123.0}, out=tmp_path / "given"
    )
    prices = given.growth["price"]["orbit"]["prices"]
    assert 1e6 * prices["usd_per_gpu_hour"] / prices["usd_per_mtoken"] / 3600.0 == pytest.approx(123.0)


def test_the_hours_of_the_day():
    assert HOURS.mean() == pytest.approx(1.0)
    evening, night = (float(hour_share(np.zeros(1), hour)[0]) for hour in (20.5, 3.5))
    assert evening > 1.4
    assert night < 0.3
    east = float(hour_share(np.radians([90.0]), 14.5)[0])
    assert east == pytest.approx(evening)


def test_continents():
    assert "London" in city_names("europe")
    assert "Moscow" in city_names("Europe")
    scenario = load(FLEET, {"workload.serving.cities": ["oceania"]}).scenario
    assert "Sydney" in users(scenario, scenario.workload.serving).names


def test_the_hour_that_is_asked_for(tmp_path):
    api.serve(FLEET, cities="London", hour=18.0, out=tmp_path / "job")
    begin = load(tmp_path / "job" / "scenario.yaml").scenario.workload.serving.begin_s
    assert (begin + 150.0) / 3600.0 == pytest.approx(18.0, abs=0.1)
    with pytest.raises(api.InputError, match="25 is not an hour of the day"):
        api.serve(FLEET, hour=25.0, out=tmp_path / "other")


def test_power_of_an_accelerator():
    share = np.array([0.0, 0.1, 0.15, 0.3, 0.43, 0.7, 1.0])
    assert np.asarray(clock_frac(share)) == pytest.approx([0, 0, 0, 0.352, 0.512, 0.769, 1.0], abs=2e-3)
    assert np.asarray(bandwidth_frac(share)) == pytest.approx([0, 0, 0, 0.536, 1, 1, 1], abs=1e-3)
    assert power_frac(0.0, 1.0) == 0.43
    assert power_frac(1.0, 1.0) == 1.0
    assert power_frac(1.0, 0.7) == 0.7


def test_an_interruption_stops_those_that_boot_together():
    """A satellite of one rack stops as a whole; of a station of a million accelerators the rack alone."""
    from skyrack.workload.failures import Hazards, shell_availability

    scenario = api.load("spacex-million").scenario
    each_s = 1e-8  # interruptions of one accelerator in a second
    down = []
    for n in (8, 72, 720, 2_570_000):
        hazards = Hazards(0.0, 0.0, n * each_s, 0.0, 0.0)
        down.append(shell_availability(scenario, hazards, n).reboots_frac)
    assert down[0] == pytest.approx(down[1] / 9.0, rel=1e-3)
    assert down[1:] == pytest.approx([down[1]] * 3, rel=1e-9)
    assert down[1] == pytest.approx(72 * each_s * scenario.workload.failures.reboot_s, rel=1e-3)
