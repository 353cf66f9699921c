package media

import (
	"errors"
	"fmt"
)

// What opening a file answers. Test with errors.Is.
var (
	// ErrTicket: the ticket is missing, of another thing, or not ours.
	ErrTicket = errors.New("not a ticket for this file")
	// ErrTicketExpired: the ticket was right, and its time is over; read the message again for a new one.
	ErrTicketExpired = errors.New("ticket has expired")
	// ErrNotFound: the account has no such file, or it holds nothing that can be fetched; another account's is the same.
	ErrNotFound = errors.New("no such file")
	// ErrExpired: Instagram does not give this file any more.
	ErrExpired = errors.New("instagram does not give this file any more")
	// ErrRefused: the address of the file, or one that it leads to, is none that may be fetched.
	ErrRefused = errors.New("address of the file is refused")
	// ErrUpstream: Instagram's server did not give the file; try again later.
	ErrUpstream = errors.New("file cannot be fetched now")
	// ErrTooLarge: the file is larger than may be passed on.
	ErrTooLarge = errors.New("file is too large")
	// ErrSpan: the asked-for part lies outside the file.
	ErrSpan = errors.New("no such part of the file")
	// ErrBusy: too many files are being passed on at once.
	ErrBusy = errors.New("too many files at once")
	// ErrNoStore: the installation has no blob store.
	ErrNoStore = errors.New("no blob store is configured")
)

// What Accept answers besides.
var (
	// ErrUploadType: not one of the kinds of file that Instagram takes, or another kind than was declared.
	ErrUploadType = errors.New("instagram does not take this kind of file")
	// ErrUploadEmpty: there was nothing to read.
	ErrUploadEmpty = errors.New("upload is empty")
	// ErrUploadQuota: the account's uploads of the last days take all the room that it has.
	ErrUploadQuota = errors.New("no room for more uploads of this account")
	// ErrUploadBroken: the file broke off while it was read.
	ErrUploadBroken = errors.New("upload broke off")
)

// UploadTooLargeError reports that an upload has more bytes than Instagram takes of its kind.
type UploadTooLargeError struct {
	Kind       Kind
	LimitBytes int64
}

// Error names kind and limit.
func (e *UploadTooLargeError) Error() string {
	return fmt.Sprintf("upload is too large: instagram takes at most %d MB of kind %s", e.LimitBytes>>20, e.Kind)
}
