"""Code that runs inside the processes of the user's job; imports nothing but numpy, pyarrow and the user's own torch."""
