"""Adapters: what stands behind the core's ports. One sub-package per technology."""
