"""The smallest edits of a design that bring it to its targets."""
