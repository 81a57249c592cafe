"""Operations for real: the control plane as a process, with its journal, its clock, and an engine that executes jobs."""
