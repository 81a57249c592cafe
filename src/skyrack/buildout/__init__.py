"""The fleet month by month: built, launched, working, failed, replaced, gone."""

from skyrack.buildout.cohorts import History, build
from skyrack.buildout.metrics import Answers, answers_of, kardashev, must_be_true
from skyrack.buildout.plan import Plan, plan_of

__all__ = ["Answers", "History", "Plan", "answers_of", "build", "kardashev", "must_be_true", "plan_of"]
