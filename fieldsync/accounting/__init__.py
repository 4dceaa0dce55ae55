"""The books: what is counted of the ledger, what contradicts it, and what is derived from it."""
