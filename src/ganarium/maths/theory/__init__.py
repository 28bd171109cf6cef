"""What theory says of GANs, as functions that can be run: densities on a grid, tiny games, closed forms."""
