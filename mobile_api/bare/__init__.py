"""A store as a bare CouchDB-compatible server: the replication application, and what else CouchDB's clients ask for."""
