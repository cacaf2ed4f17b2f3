"""What Video Chat decides: users, contacts, presence, calls and signaling.

Synchronous and pure: no I/O, clock, randomness or environment. The world comes in through :mod:`videochat.core.ports`.
"""
