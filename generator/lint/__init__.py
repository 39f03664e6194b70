"""The check: claims of a sheet against the arithmetic, figures of a design against its targets."""
