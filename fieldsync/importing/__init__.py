"""Import of a city's files: a mapping, tables of three kinds, rows on a table of their own, then the registry."""
