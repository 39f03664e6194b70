"""A design as a graph of primitive layers: expanded, walked for its figures, limited, aligned."""
