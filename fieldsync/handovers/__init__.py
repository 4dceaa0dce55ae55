"""Handovers: what one would do, the act itself, and what is left to be handed in after it."""
