package push

import "errors"

// What a subscription may be refused for. Test with errors.Is.
var (
	// ErrOff: the installation has no key for push.
	ErrOff = errors.New("push is switched off")
	// ErrNoDevice: who asks is no person at a device: an API key, or a visit of support.
	ErrNoDevice = errors.New("nobody who could be told")
	// ErrEndpoint: the address is none of a push service on the internet.
	ErrEndpoint = errors.New("not the address of a push service")
	// ErrKeys: the keys are not those of a browser's subscription.
	ErrKeys = errors.New("not the keys of a subscription")
	// ErrQuiet: the quiet hours are no hours of a day, or of no zone that is known.
	ErrQuiet = errors.New("not quiet hours")
)
