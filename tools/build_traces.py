"""Makes `src/skyrack/catalogue/traces.yaml` from published traces of requests. Not needed to run Skyrack.

    python tools/build_traces.py FOLDER

where FOLDER holds AzureLLMInferenceTrace_conv.csv and AzureLLMInferenceTrace_code.csv of Azure's public data set
(github.com/Azure/AzurePublicDataset, CC BY 4.0; cite Patel et al., Splitwise, ISCA 2024).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import yaml
from scipy.stats import spearmanr

from skyrack.catalogue.traces import LEVELS
from skyrack.workload.requests import read_trace

SOURCE = "Azure LLM inference traces 2023 (CC BY 4.0), Patel et al., Splitwise, ISCA 2024"
STREAMS = {
    "conversation": ("AzureLLMInferenceTrace_conv.csv", "Conversations with an assistant", 3.0),
    "code": ("AzureLLMInferenceTrace_code.csv", "Completion of code", 1.0),
}
HEAD = """# Streams of requests: tokens of prompts and answers at 54 levels from 0 to 1 (closer at the end), Spearman's
# rank correlation of the two, deviation of the gaps between arrivals over their mean, and the mean number of requests in a
# session (an estimate: the traces name none). Made by tools/build_traces.py.
"""


def main(folder: Path) -> None:
    """Write the file."""
    made = {}
    for name, (file, title, turns) in STREAMS.items():
        trace = read_trace(folder / file)
        made[name] = {
            "title": title,
            "source": SOURCE,
            "prompt_quantiles": [float(round(v, 1)) for v in np.quantile(np.maximum(trace.prompt, 1), LEVELS)],
            "output_quantiles": [float(round(v, 1)) for v in np.quantile(trace.output, LEVELS)],
            "rank_correlation": round(float(spearmanr(trace.prompt, trace.output)[0]), 3),
            "gap_variation": round(trace.statistics["gap_variation"], 3),
            "turns": turns,
        }
    text = HEAD + yaml.safe_dump(made, sort_keys=False, width=130, default_flow_style=None)
    (Path(__file__).parents[1] / "src/skyrack/catalogue/traces.yaml").write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
