"""The `Design` record and its recipe: read from YAML and plain data, written as YAML, changed by `--set`."""
