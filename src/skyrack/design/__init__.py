"""The sizing of one satellite: areas, masses and powers that close at the end of its life."""
