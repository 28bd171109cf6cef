"""Conversion of the names of scores in earlier versions to their current names."""

FORMER_NAMES = {
    "variety": "marginal-entropy",
    "doubt": "conditional-entropy",
    "asked-label": "label-accuracy",
    "authentic": "authenticity",
    "copies": "copy-rate",
    "frechet-endless": "frechet-infinity",
    "kernel": "kernel-distance",
}


def current_name(name: str) -> str:
    """Convert the name of a score, possibly recorded by an earlier version, to the current name.

    >>> current_name("kernel/mnist-a4c2b1da"), current_name("frechet/mnist-a4c2b1da")
    ('kernel-distance/mnist-a4c2b1da', 'frechet/mnist-a4c2b1da')
    """
    measure, slash, reader = name.partition("/")
    return FORMER_NAMES.get(measure, measure) + slash + reader
