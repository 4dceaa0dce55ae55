"""A field day: simulated tablets, staff and the situations they get into, played against a real server."""
