"""Export of the registry: which records, which columns, and the files they are written to."""
