"""Measuring replication: our server and a peer in turn, by clients light enough not to be what is measured."""
