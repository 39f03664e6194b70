"""One command a module: `add_arguments(parser)` declares what it takes, `run(options)` does it and returns the exit code."""
