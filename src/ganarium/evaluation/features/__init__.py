"""Feature extractors: networks and fixed projections that compute the features used by scores."""
