"""Training and honest evaluation of the expression models."""
