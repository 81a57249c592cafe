"""Engines: what carries out the requests of the control plane, and reports what became of them.

An engine is given requests (ACTION), and asked for reports (OBSERVATION). The control plane's journal holds the truth: what an
engine reports is compared with it, a name that the engine does not know is started again under a new attempt, and one that the
plan does not know is stopped.
"""
