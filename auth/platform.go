package auth

// platformDB is the platform handle of tenants, under one name until it is there.
type platformDB = any
