"""Many runs: variants times seeds, trials of remedies, comparisons."""
