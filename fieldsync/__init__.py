"""fieldsync: replication, merging, verification and admission of field data, cell by cell."""
