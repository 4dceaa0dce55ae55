"""Proposals of who works which cell, made from what is there, kept, and accepted whole or in part."""
