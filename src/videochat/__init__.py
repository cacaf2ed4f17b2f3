"""Video Chat: people keep a contact list and call each other from the browser."""

__version__ = "0.1.0"
