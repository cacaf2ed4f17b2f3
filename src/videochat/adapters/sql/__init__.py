"""Stores on SQL, through SQLAlchemy Core: SQLite by default, PostgreSQL by URL."""
