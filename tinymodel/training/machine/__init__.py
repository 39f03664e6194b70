"""What a training runs on, and what follows from it."""
