"""Bad input and bad days: `voyant run` costs the one who misbehaves, and nobody else."""
