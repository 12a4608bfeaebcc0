"""The command line: what each command does, and what scripts/run adds where a camera or a broker is missing."""
