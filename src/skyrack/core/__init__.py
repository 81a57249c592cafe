"""What every room stands on: constants, units, time, errors, and the `law` decorator."""
