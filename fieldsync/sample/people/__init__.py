"""The invented population of the sample district: who lives where, and since when."""
