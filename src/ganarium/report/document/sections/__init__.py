"""The sections of a report, one subject each, built from the files of a run."""
