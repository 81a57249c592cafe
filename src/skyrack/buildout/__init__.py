"""Build-out of a fleet by month: satellites built, launched, active, failed, replaced and deorbited."""
