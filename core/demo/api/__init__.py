"""The HTTP face of the simulated organisation."""
