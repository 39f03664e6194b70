"""The run folder: what a training is, what it saved, and how it goes on."""
