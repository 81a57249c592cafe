"""The endpoints of the service, one subject per module."""
