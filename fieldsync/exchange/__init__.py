"""Exchange with other systems: which there are, what was agreed with each, and the changes they are told."""
