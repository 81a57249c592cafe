"""Orbits: shell layout, formations, constellation, ephemerides, ground sites, visibility and export."""
