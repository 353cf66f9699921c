package conversations

import (
	"context"
	"slices"

	"parlor/instagram"
	"parlor/tenants"
)

// take does what an event says, inside the transaction that settles it. All that concerns one message happens one after the other.
func (a *Applier) take(ctx context.Context, tx *tenants.Tx, e event) (result, error) {
	erased, late, err := a.erased.tooLate(tx, e)
	if err != nil {
		return result{}, err
	}
	if late && e.item.Kind.Base() != instagram.KindUnsend {
		return forgotten, nil
	}
	e.erased = erased
	if r, done := unwanted(e); done {
		return r, nil
	}
	claimed, err := claimEvent(tx, e)
	if err != nil {
		return result{}, err
	}
	if err := lockMID(tx, e.row); err != nil {
		return result{}, err
	}
	kinds, err := claimedKinds(tx, e.row.MID)
	if err != nil {
		return result{}, err
	}
	r := duplicate
	if claimed {
		if r, err = a.apply(ctx, tx, e, kinds); err != nil {
			return result{}, err
		}
	}
	r.late, r.looked, r.gone = r.late || late, true, r.gone || slices.Contains(kinds, instagram.KindUnsend)
	return r, nil
}

var (
	applied   = result{outcome: OutcomeApplied}
	duplicate = result{outcome: OutcomeSkipped, reason: reasonDuplicate}
	forgotten = result{outcome: OutcomeSkipped, reason: reasonErased, late: true, looked: true, gone: true}
)

// unwanted settles what adds nothing to a thread.
func unwanted(e event) (result, bool) {
	if e.item.Malformed != nil {
		return result{outcome: OutcomeFailed, reason: reasonMalformed, replayable: true}, true
	}
	switch e.item.Kind.Base() {
	case instagram.KindMessage, instagram.KindEcho, instagram.KindUnsend, instagram.KindReaction, instagram.KindRead, instagram.KindEdit,
		instagram.KindPostback, instagram.KindReferral:
		return result{}, false
	case instagram.KindSelf:
		return result{outcome: OutcomeSkipped, reason: reasonSelf}, true
	case instagram.KindEmpty:
		return result{outcome: OutcomeSkipped, reason: reasonEmpty}, true
	case instagram.KindComment, instagram.KindOptin, instagram.KindHandover:
		return result{outcome: OutcomeSkipped, reason: reasonNoMessage}, true
	default:
		return result{outcome: OutcomeSkipped, reason: reasonUnhandled, replayable: true}, true
	}
}

// apply does what an event says that is new. kinds are what has happened to its message before, itself among them.
func (a *Applier) apply(ctx context.Context, tx *tenants.Tx, e event, kinds []instagram.Kind) (result, error) {
	kind := e.item.Kind.Base()
	if kind == instagram.KindUnsend {
		return applied, a.unsend(ctx, tx, e)
	}
	if m, ok := newMessage(e); ok {
		return a.addMessage(ctx, tx, e, m, kinds)
	}
	gone := slices.Contains(kinds, instagram.KindUnsend)
	came := slices.Contains(kinds, instagram.KindMessage) || slices.Contains(kinds, instagram.KindEcho)
	switch {
	case kind == instagram.KindRead: // also of what was taken back: all before it was seen
		return a.see(ctx, tx, e)
	case gone:
		return result{outcome: OutcomeSkipped, reason: reasonUnsent}, nil
	case kind == instagram.KindReaction:
		return a.react(ctx, tx, e, came)
	case kind == instagram.KindEdit:
		return a.edit(ctx, tx, e, came)
	}
	return result{outcome: OutcomeSkipped, reason: reasonUnhandled, replayable: true}, nil
}
