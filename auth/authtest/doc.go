// Package authtest is the suite that every sign-in strategy passes: RunProvider.
//
// It owns what is demanded of a strategy whatever it is: a pure and safe descriptor, a stable subject, errors of the
// closed set without a secret in them, obedience to ctx; and, for strategies that talk to another site, Upstream, a
// stand-in that misbehaves in named ways. It must not know any strategy.
//
// The main path: a test of package auth calls RunProvider with a Factory; the suite makes a fresh Subject for each part
// and puts good and bad credentials, or a misbehaving upstream, before its Provider.
package authtest
