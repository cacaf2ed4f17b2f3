"""Adapters for one process on one machine."""
