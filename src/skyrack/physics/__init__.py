"""Laws of physics, one subject a file: plain arithmetic on floats that knows no arrays and no units library."""
