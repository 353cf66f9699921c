package pgcluster

// FindBinaries lets a test look for PostgreSQL in places of its own.
var FindBinaries = findBinaries
