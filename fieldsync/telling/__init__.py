"""Telling: what became of changes, in the words of those who read it, in Chinese and English."""
