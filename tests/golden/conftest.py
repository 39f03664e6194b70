"""The golden scripts are data here: read and executed by tests, not collected."""

collect_ignore_glob = ["*.py"]
