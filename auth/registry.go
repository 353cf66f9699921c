package auth

import (
	"fmt"
	"regexp"
	"time"
)

var providerID = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// Registry holds the enabled strategies in the order of the login page. One whose time is over counts as switched off.
type Registry struct {
	now     func() time.Time
	ordered []Provider
	byID    map[string]Provider
}

// NewRegistry checks the descriptors: an id each, every id once, and a strategy that can do what its kind says.
// A nil now is time.Now.
func NewRegistry(now func() time.Time, providers ...Provider) (*Registry, error) {
	if now == nil {
		now = time.Now
	}
	r := &Registry{now: now, byID: map[string]Provider{}}
	for _, p := range providers {
		d := p.Descriptor()
		if !providerID.MatchString(d.ID) || d.ID == BreakGlassID || d.Label == "" { // an emergency link is no strategy that could be switched on
			return nil, fmt.Errorf("provider %q: id or label is not usable", d.ID)
		}
		if r.byID[d.ID] != nil {
			return nil, fmt.Errorf("provider %q is given twice", d.ID)
		}
		_, redirects := p.(Redirector)
		_, direct := p.(Direct)
		if redirects != (d.Kind == KindRedirect) || direct != (d.Kind == KindPassword || d.Kind == KindProxy) {
			return nil, fmt.Errorf("provider %q cannot do what its kind %q says", d.ID, d.Kind)
		}
		r.byID[d.ID] = p
		r.ordered = append(r.ordered, p)
	}
	return r, nil
}

// Descriptors lists what is enabled, in order, for the login page.
func (r *Registry) Descriptors() []Descriptor {
	list := make([]Descriptor, 0, len(r.ordered))
	for _, p := range r.ordered {
		if d := p.Descriptor(); !r.over(d) {
			list = append(list, d)
		}
	}
	return list
}

// IDs lists the ids of what is enabled.
func (r *Registry) IDs() []string {
	ids := make([]string, 0, len(r.ordered))
	for _, d := range r.Descriptors() {
		ids = append(ids, d.ID)
	}
	return ids
}

// Lookup returns the enabled strategy with that id. An unknown one is the same as one that is switched off:
// ErrProviderDisabled.
func (r *Registry) Lookup(id string) (Provider, error) {
	p, ok := r.byID[id]
	if !ok || r.over(p.Descriptor()) {
		return nil, Refuse(ErrProviderDisabled, "provider", nil)
	}
	return p, nil
}

func (r *Registry) over(d Descriptor) bool { return !d.Until.IsZero() && !r.now().Before(d.Until) }
