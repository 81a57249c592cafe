"""Sphinx configuration; generated pages are made by docs/generate.py before each build."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import generate

generate.main()

project = "Skyrack"
author = "The Skyrack developers"
copyright = "2026, the Skyrack developers"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "science/performance-notes.md", "science/reconcile-intro.md"]
html_theme = "furo"
html_title = "Skyrack"
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True
myst_enable_extensions = ["deflist", "dollarmath"]
autodoc_typehints = "none"
suppress_warnings = ["mystnb.unknown_mime_type"]
