"""What only the daemon needs around the pipeline: its switch, its memory, its reports and its signs of life."""
