"""Measuring it: suites, metrics, runs."""
