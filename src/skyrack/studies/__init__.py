"""Studies: many samples of a price, and what they say of the assumptions."""

from skyrack.studies.plan import StudyPlan, load_plan
from skyrack.studies.study import Study, open_study, resume_study, run_study

__all__ = ["Study", "StudyPlan", "load_plan", "open_study", "resume_study", "run_study"]
