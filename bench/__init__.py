"""Speed and size of the one-machine edition, measured next to PeerServer (npm package ``peer``) in the same run.

``make bench`` or ``python -m bench``. What is measured, and how, stands in ``docs/performance.md``.
"""
