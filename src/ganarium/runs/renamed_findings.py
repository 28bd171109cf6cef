"""Conversion of the names of findings in earlier versions to their current names."""

FORMER_FINDINGS = {"missing-kinds": "partial-collapse", "sameness": "low-diversity"}


def current_finding(name: str) -> str:
    """Convert the name of a finding, possibly recorded by an earlier version, to the current name.

    >>> current_finding("too-early:missing-kinds+oscillation"), current_finding("collapse")
    ('too-early:partial-collapse+oscillation', 'collapse')
    """
    first, colon, suspected = name.partition(":")
    return (
        FORMER_FINDINGS.get(first, first)
        + colon
        + "+".join(FORMER_FINDINGS.get(each, each) for each in suspected.split("+"))
    )
