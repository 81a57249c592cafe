"""A script that makes no process group."""

print("nothing to do")
