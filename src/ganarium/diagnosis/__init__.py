"""What is wrong with a run: snapshots while it trains, signals, rules and advice."""
