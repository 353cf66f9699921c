// Package media gives pictures, videos, voice notes and files to those who may see them: what a customer sent, fetched from Instagram's
// servers, and what a person uploads to send.
//
// It owns tickets, the fetcher with its guards against requests to the inside of a network (SSRF), the sealed blob store with its uploads and
// kept copies, and their end. It must not know who is signed in, nor how an answer is written: the HTTP layer checks the session and sets the
// headers.
//
// The main path, of a picture in a thread:
//
//	address := media.URL(attachmentID, principal)         // in the message's JSON: /media/<id>?ticket=…
//	ticket, err := media.Admit(attachmentID, text)        // the HMAC first; only then is an account entered
//	ctx = tenants.WithAccount(ctx, ticket.AccountID)      // after the caller has checked the session
//	file, err := media.Open(ctx, attachmentID, span)      // the kept copy, our own upload, or Instagram's server
//	io.Copy(w, file.Body)                                 // file.ContentType is what the bytes are, whatever anybody said
//
// and of an upload: Accept seals it while it is read, OutURL gives Instagram one hour to fetch it, AdmitOut and OpenUpload serve that.
// Nothing that came from a customer is kept unless the installation says so; Sweep takes away what is past its time.
//
// Everything exported is safe for concurrent use.
package media
