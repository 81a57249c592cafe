"""The build-out of a fleet month by month: built, launched, active, failed, replaced, deorbited."""
