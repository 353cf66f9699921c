package instagram

// Grant is what an owner's consent gave: a long-lived token, its permissions and whose it is.
type Grant struct {
	Token       Token
	Permissions []string // nil when Instagram did not say
	Profile     Profile
}
