// Package pgcluster runs a private PostgreSQL: it finds the binaries on this machine, makes a cluster in a directory, starts it on a
// loopback port and stops it. `parlor demo`, the tests and the measurements use it; a production installation does not.
//
// It owns the cluster's directory and process, and knows nothing of Parlor's roles, schema or settings.
//
// Main path: Start → findBinaries → place (a directory that the server's user may enter) → initdb on first use → postgres as a child
// process that ends with us, even after kill -9 → wait until it answers → Cluster.
//
// PostgreSQL refuses to run as root. Started by root, the cluster belongs to the user postgres, else nobody.
package pgcluster
