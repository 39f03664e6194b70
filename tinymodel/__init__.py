"""The Keras side: build, train, evaluate, and the `tinymodel` command."""
