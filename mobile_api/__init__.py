"""The HTTP API: replication under `/db`, everything else under `/api/v1`."""
