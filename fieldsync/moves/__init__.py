"""Moves: a person who leaves one place and arrives in another, recognised when both ends are reported."""
