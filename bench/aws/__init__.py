"""Measures the AWS edition without an account."""
