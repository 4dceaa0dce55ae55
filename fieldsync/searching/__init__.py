"""Searching the registry: what is asked, where to begin, what is found, and how it is shown."""
