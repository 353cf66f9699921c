package auth

import (
	"context"
	"errors"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
)

// issuerKeys are the provider's keys, fetched when one is not known. After a failure it begins anew, so that the next sign-in does not wait for
// a fetch that hangs.
type issuerKeys struct {
	fresh func() oidc.KeySet

	mu  sync.Mutex
	now oidc.KeySet
}

// keysFailed is the context's key of a *bool that becomes true when a signature could not be verified.
type keysFailed struct{}

func newIssuerKeys(fresh func() oidc.KeySet) *issuerKeys {
	return &issuerKeys{fresh: fresh, now: fresh()}
}

// VerifySignature returns the payload of a token that one of the provider's keys signed. The token came from the provider itself, so one that
// does not verify means that the provider does not work: errIssuerUnreachable.
func (k *issuerKeys) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	k.mu.Lock()
	set := k.now
	k.mu.Unlock()
	payload, err := set.VerifySignature(ctx, raw)
	if err == nil {
		return payload, nil
	}
	if failed, ok := ctx.Value(keysFailed{}).(*bool); ok {
		*failed = true // the library does not pass the error on
	}
	k.mu.Lock()
	if k.now == set {
		k.now = k.fresh()
	}
	k.mu.Unlock()
	return nil, errors.Join(errIssuerUnreachable, ctx.Err())
}
