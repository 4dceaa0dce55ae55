"""Sealed forms: where their answers go, what the cell is told of them, who reads them, and how consent is withdrawn."""
