"""What a run learned and where it fails: figures, tables, drawings, heat maps, predictions."""
