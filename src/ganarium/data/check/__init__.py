"""A doctor for data: faults of pictures that GANs are blamed for."""
