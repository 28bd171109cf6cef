"""Names of findings, and the names that earlier versions gave them."""

FORMER_FINDINGS = {"missing-kinds": "partial-collapse", "sameness": "low-diversity"}


def current_finding(name: str) -> str:
    """Return the current name of a finding that an earlier version may have recorded.

    >>> current_finding("too-early:missing-kinds+oscillation"), current_finding("collapse")
    ('too-early:partial-collapse+oscillation', 'collapse')
    """
    first, colon, suspected = name.partition(":")
    return (
        FORMER_FINDINGS.get(first, first)
        + colon
        + "+".join(FORMER_FINDINGS.get(each, each) for each in suspected.split("+"))
    )
