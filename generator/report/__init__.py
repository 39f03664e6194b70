"""What a check found and what a network's table says, for people and for other programs. Text in, nothing printed."""
