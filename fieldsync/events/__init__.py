"""Events, from births to joined households: what they say of stays, and their records in the registry."""
