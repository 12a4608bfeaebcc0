"""Real brokers for the tests, and one that behaves badly on purpose."""
