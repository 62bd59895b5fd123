"""The configurations under examples/, served and asked; the real Envoy's answers are kept."""
