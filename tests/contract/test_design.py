"""Does the design still hold?"""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import skyrack
from skyrack import api
from skyrack.catalogue import defaults
from skyrack.core.jit import Law
from skyrack.core.plugins import SLOTS, models_of
from skyrack.core.units import PINT_UNITS, UNITS
from skyrack.economics.cost_model import CostModel
from skyrack.economics.published import Published
from skyrack.environment.radiation_environment import RadiationEnvironment
from skyrack.environment.shadow import ShadowModel
from skyrack.network.router import RouterModel
from skyrack.network.topology import Topology
from skyrack.operations.policy import SchedulingPolicy
from skyrack.run.outputs import CHANNELS, SHELLS, SUMMARY, TABLES
from skyrack.scenario import GROUND_DATA_CENTERS, library_names
from skyrack.scenario.battery import BatteryModel
from skyrack.scenario.launcher import LauncherModel
from skyrack.scenario.part import Part, catalogue_path
from skyrack.scenario.power_policy import PowerPolicy
from skyrack.scenario.radiator import RadiatorModel
from skyrack.workload.method import TrainingMethod
from skyrack.workload.serving_policy import ServingPolicy

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "skyrack"


def test_public_names():
    assert skyrack.__all__ == sorted(
        [
            "build",
            "channels",
            "check",
            "compare",
            "display",
            "doctor",
            "elements",
            "facts",
            "flights",
            "fly",
            "frame_channels",
            "latency",
            "load",
            "neighbours",
            "open_flight",
            "open_run",
            "operate",
            "price",
            "reconcile",
            "remove_run",
            "resume",
            "route",
            "run_elements",
            "runs",
            "satellite_frame",
            "scenarios",
            "schema",
            "serve",
            "show",
            "simulate",
            "size",
            "study",
            "table",
            "train",
            "twin",
            "write_report",
        ]
    )


def test_every_verb_is_documented_in_code_and_docs():
    page = (ROOT / "docs" / "reference" / "api.md").read_text()
    for name in skyrack.__all__:
        assert inspect.getdoc(getattr(skyrack, name)), name
        assert name in page, name


def test_every_command_is_in_the_docs():
    from skyrack.cli.main import app

    page = (ROOT / "docs" / "guide" / "command-line.md").read_text()
    for command in app.registered_commands:
        assert f"skyrack {(command.name or command.callback.__name__)}" in page


def test_every_built_in_scenario_and_model_is_in_the_docs():
    pages = "".join(path.read_text() for path in (ROOT / "docs").rglob("*.md"))
    models = (model for slot in SLOTS for model in models_of(slot))
    for name in (*library_names(), *library_names(GROUND_DATA_CENTERS), *models):
        assert f"`{name}`" in pages, name


def test_names_that_people_read_are_those_of_the_engine():
    from skyrack.cli.main import app
    from skyrack.results import run_folder
    from skyrack.studies.plan import METHODS

    study = next(command.callback for command in app.registered_commands if command.callback.__name__ == "study")
    option = inspect.signature(study, eval_str=True).parameters["method"].annotation.__metadata__[0]
    assert re.split(r", | or ", option.help.rstrip(".")) == list(METHODS)
    guide = (ROOT / "docs" / "guide" / "run-folder.md").read_text()
    for name in (*(f"{table}.parquet" for table in TABLES), *(f"{name}.json" for name in run_folder.DOCUMENTS)):
        assert name in run_folder.__doc__, name
        assert f"`{name}`" in guide, name


PROMISES = {
    "battery": BatteryModel,
    "cost_model": CostModel,
    "launcher": LauncherModel,
    "power_policy": PowerPolicy,
    "published": Published,
    "radiation_environment": RadiationEnvironment,
    "radiator": RadiatorModel,
    "router": RouterModel,
    "scheduling_policy": SchedulingPolicy,
    "serving_policy": ServingPolicy,
    "shadow": ShadowModel,
    "topology": Topology,
    "training_method": TrainingMethod,
}
"""The protocol in each slot's folder."""


@pytest.mark.parametrize("slot", SLOTS)
def test_a_slot_asks_for_what_its_protocol_says(slot):
    protocol = PROMISES[slot]
    members = {name for name in (*vars(protocol), *protocol.__annotations__) if not name.startswith("_")}
    assert members == {"name", *SLOTS[slot]}
    folder = protocol.__module__
    for name, model in models_of(slot).items():
        assert model.__module__.startswith(folder), "a built-in model stands in its slot's folder"
        assert model.name == name
        assert inspect.getdoc(model), name


def test_every_default_that_a_key_names_is_in_the_catalogue():
    def parts(kind):
        yield kind
        for inner in kind.__subclasses__():
            yield from parts(inner)

    for slot in SLOTS:
        models_of(slot)
    named = {path for part in parts(Part) for field in part.model_fields.values() if (path := catalogue_path(field))}
    assert len(named) > 150
    assert named <= set(defaults())


def test_units_are_in_the_names():
    """A channel's unit is the suffix of its name, but for means and other qualifiers that follow the unit."""
    for name, channel in CHANNELS.items():
        if channel.unit in PINT_UNITS or channel.unit == "per_s":
            assert re.search(rf"_{channel.unit}(_|$)", name), name


def test_every_unit_is_in_the_table():
    assert {channel.unit for channel in CHANNELS.values()} <= set(UNITS)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    import yaml

    tiny = yaml.safe_load((ROOT / "tests" / "tiny.yaml").read_text())
    return api.simulate(tiny, out=tmp_path_factory.mktemp("contract") / "run")


def test_every_channel_is_produced_and_every_output_described(run):
    summary = run.summary
    assert set(summary) - {"shells", "claims"} == {c.name for c in SUMMARY}
    assert set(summary["shells"][0]) == {c.name for c in SHELLS}
    for name in ("fleet", "shells", "satellites", "sampled", "city_latency", "routes", "link_use", "downlink"):
        schema = pq.read_schema(run.path / f"{name}.parquet")
        assert schema.names == list(TABLES[name].names), name
        for column, field in zip(TABLES[name].columns, schema, strict=True):
            assert field.metadata == {b"unit": column.unit.encode(), b"label": column.label.encode()}


def test_the_summary_keys_that_were_promised(run):
    promised = """n_sats span_s step_s sunlit_frac_mean longest_eclipse_s array_power_mean_w compute_power_mean_w
        compute_power_min_w compute_nameplate_w battery_depth_max_frac radiator_temp_max_k electronics_temp_max_k
        throttled_frac unserved_energy_j curtailed_energy_j sat_steps_per_s wall_s peak_rss_bytes shells claims"""
    assert set(promised.split()) <= set(run.summary)


def test_the_report_needs_no_network_and_no_engine(run):
    page = (run.path / "report.html").read_text()
    assert not re.search(r"<(script|link|img|iframe)\b", page)
    assert not re.search(r"url\(\s*['\"]?http", page)
    code = (
        "import sys; from skyrack import api; api.write_report(sys.argv[1]); "
        "print('skyrack.fleet.tiles' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(run.path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_laws_name_their_reference_and_range():
    """Every public law of physics says in its docstring where it is from, or is an identity."""
    identities = {
        "sun_in_plane",
        "sun_from",
        "cos_sun_angle",
        "cubic",
        "shadow_half_arc",
        "array_power_w",
        "period_s",
        "earth_angular_radius_rad",
        "critical_beta_rad",
        "mean_sunlight",
        "shadow_edge",
        "even_polynomial",
        "solar_flux_w_per_m2",
        "net_flux_w_per_m2",
        "sink_temperature_k",
        "beyond_tangent_w",
        "free_response",
        "heat_room_w",
        "forced_response",
        "two_node_constants",
        "elevation_sine",
        "lowest_radius_m",
        "longest_link_m",
    }
    import importlib

    for path in sorted((PACKAGE / "physics").rglob("*.py")):
        module = importlib.import_module(
            "skyrack."
            + path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
        )
        for name, value in vars(module).items():
            if isinstance(value, Law) and value.py_func.__module__ == module.__name__ and not name.startswith("_"):
                text = inspect.getdoc(value.py_func) or ""
                assert text, name
                assert "Reference:" in text or name in identities, name


def test_physics_knows_only_core_math_and_numba():
    allowed = re.compile(r"^(from|import) (math|typing|dataclasses|skyrack\.(core|physics))")
    for path in (PACKAGE / "physics").rglob("*.py"):
        for line in path.read_text().splitlines():
            if line.startswith(("import ", "from ")):
                assert allowed.match(line), f"{path.name}: {line}"


def test_no_machine_path_and_no_registry_is_committed():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    if not tracked:
        pytest.skip("not a git checkout")
    for name in tracked:
        path = ROOT / name
        if path.suffix in (".png", ".svg") or not path.is_file():
            continue
        text = path.read_text(errors="replace")
        assert not re.search(r"--index-url|simple/|registry\.npmjs", text) or name.startswith("tests/"), name


def test_every_verb_is_exported():
    from skyrack import api

    assert set(skyrack.__all__) == set(api.__all__) - {
        "DiskError",
        "InputError",
        "SkyrackError",
        "Source",
        "no_local_files",
        "parse",
    }
    for name in skyrack.__all__:
        assert getattr(skyrack, name) is getattr(api, name)
