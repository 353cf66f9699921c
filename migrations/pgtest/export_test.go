package pgtest

// Claim and Sweep are what a process does with the directory of its cluster.
var (
	Claim = claim
	Sweep = sweep
)
