"""Where everything on a picture stands: one tree of shapes and text, which every painter paints."""
