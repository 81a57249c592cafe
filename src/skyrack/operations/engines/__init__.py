"""Engines: what carries out the requests of the control plane, and reports what became of them.

An engine is given requests (ACTION), and asked for reports (OBSERVATION). The control plane holds the truth: what an engine
reports is compared with it.
"""
