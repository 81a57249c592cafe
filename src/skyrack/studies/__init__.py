"""Studies: sampling of a price, sensitivity to its assumptions, and optimisation."""

from skyrack.studies.plan import StudyPlan, load_plan
from skyrack.studies.study import Study, open_study, resume_study, run_study

__all__ = ["Study", "StudyPlan", "load_plan", "open_study", "resume_study", "run_study"]
