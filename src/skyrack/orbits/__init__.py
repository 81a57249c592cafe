"""Where satellites are: shell layout, formations, constellation, ephemerides, ground sites, visibility and export."""
