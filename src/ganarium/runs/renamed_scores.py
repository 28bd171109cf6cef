"""Names of scores, and the names that earlier versions gave them."""

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
    """Return the current name of a score that an earlier version may have recorded.

    >>> current_name("kernel/mnist-a4c2b1da"), current_name("frechet/mnist-a4c2b1da")
    ('kernel-distance/mnist-a4c2b1da', 'frechet/mnist-a4c2b1da')
    """
    measure, slash, reader = name.partition("/")
    return FORMER_NAMES.get(measure, measure) + slash + reader
