"""The report as workbook, PDF and single figures."""

import re
import sys
import zipfile
from xml.etree import ElementTree

import pytest
from tests.unit.workload.test_jobs import FLEET

from skyrack import api

WICKED = "=HYPERLINK(0) <b>"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    overrides = {"title": WICKED}
    return api.simulate(FLEET, overrides=overrides, out=tmp_path_factory.mktemp("files") / "run", report=False)


def sheets(path):
    """Return the rows of each sheet as lists of texts and numbers, and the number of formulas."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(path) as book:
        texts = {name: book.read(name) for name in book.namelist() if name.endswith(".xml")}
    read = {name: ElementTree.fromstring(text) for name, text in texts.items()}  # noqa: S314 (our own file)
    words = ["".join(one.itertext()) for one in read["xl/sharedStrings.xml"].findall("m:si", space)]
    names = [one.get("name") for one in read["xl/workbook.xml"].iter(f"{{{space['m']}}}sheet")]
    found, formulas = {}, 0
    for number, name in enumerate(names, start=1):
        page = read[f"xl/worksheets/sheet{number}.xml"]
        formulas += len(page.findall(".//m:f", space))
        found[name] = [
            [
                words[int(cell.findtext("m:v", "0", space))]
                if cell.get("t") == "s"
                else float(cell.findtext("m:v", "nan", space))
                for cell in row.findall("m:c", space)
            ]
            for row in page.findall(".//m:row", space)
        ]
    return found, formulas


def test_the_workbook_holds_every_table_with_units_and_sources(run, tmp_path):
    api.write_report(run.path, tmp_path / "report.html", xlsx=True)
    found, formulas = sheets(tmp_path / "report.xlsx")
    assert formulas == 0
    assert {"Claims", "Two readings", "Figures", "Shells", "Sizing", "Assumptions", "Training", "Serving"} <= set(found)
    for basis in ("announced", "sized"):
        assert {f"Build-out {basis}", f"Cost {basis}", f"Cost drivers {basis}", f"Impact {basis}"} <= set(found)
    claims = run.summary["claims"]
    assert [row[0] for row in found["Claims"][1:]] == [row["statement"] for row in claims]
    assert "source" in found["Claims"][0]
    figures = {row[0]: row for row in found["Figures"][1:]}
    assert figures["cost_ratio"][2] == pytest.approx(run.summary["cost_ratio"])
    assert figures["compute_power_mean_w"][3] == "W"
    assert len(found["Assumptions"]) == len(run.assumptions) + 1
    months = found["Build-out announced"]
    assert len(months) == len(run.growth["buildout"]["months"]) + 1


def test_each_figure_is_a_file_that_the_page_links_to(run, tmp_path):
    page = api.write_report(run.path, tmp_path / "report.html", figures=True).read_text()
    linked = set(re.findall(r'href="(figures/[a-z_]+\.(?:svg|png))"', page))
    files = {f"figures/{path.name}" for path in (tmp_path / "figures").iterdir()}
    assert linked == files
    assert len(files) == 2 * page.count("<svg")
    for name in files:
        head = (tmp_path / name).read_bytes()[:8]
        assert head.startswith(b"<svg" if name.endswith("svg") else b"\x89PNG")
    assert 'href="figures/' not in api.write_report(run.path, tmp_path / "plain.html").read_text()


def test_the_pdf(run, tmp_path):
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError) as error:
        pytest.skip(f"WeasyPrint or the library Pango is missing: {error}")
    api.write_report(run.path, tmp_path / "report.html", pdf=True)
    assert (tmp_path / "report.pdf").read_bytes()[:5] == b"%PDF-"


def test_a_pdf_without_its_library_is_one_sentence(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(api.InputError, match=r"WeasyPrint is needed .* pip install 'skyrack\[pdf\]'") as caught:
        api.write_report(run.path, tmp_path / "report.html", pdf=True)
    assert "\n" not in str(caught.value)
