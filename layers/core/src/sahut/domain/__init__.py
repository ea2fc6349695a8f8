"""Pure rules: frozen dataclasses, no I/O, no clock, no vendor."""
