"""Laws of physics, one subject per file: plain arithmetic on floats, without arrays or a units library."""
