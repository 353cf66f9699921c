package api

import (
	"net/http"
	"strconv"
	"time"
)

// The refusals of media and uploads.
var (
	errTicket           = newProblem(http.StatusForbidden, "invalid_ticket", "Invalid ticket", "The address does not open this file")
	errTicketExpired    = newProblem(http.StatusForbidden, "ticket_expired", "Ticket expired", "Read the message again for a new address")
	errMediaExpired     = newProblem(http.StatusGone, "media_expired", "No longer available", "Instagram does not give this file any more")
	errMediaUnavailable = newProblem(http.StatusBadGateway, "media_unavailable", "Not available now", "Instagram does not give this file just now; try again later")
	errMediaTooLarge    = newProblem(http.StatusBadGateway, "media_too_large", "Too large", "The file is larger than Parlor passes on")
	errMediaRefused     = newProblem(http.StatusBadGateway, "media_refused", "Address refused", "The file does not lie at one of Instagram's servers")
	errMediaRange       = newProblem(http.StatusRequestedRangeNotSatisfiable, "range_not_satisfiable", "No such part", "")
	errMediaBusy        = newProblem(http.StatusServiceUnavailable, "media_busy", "Too many files at once", "Try again shortly").retryAfter(2 * time.Second)

	errNoStore        = newProblem(http.StatusServiceUnavailable, "no_blob_store", "Files cannot be sent", "The installation has no place to keep them in")
	errUploadType     = newProblem(http.StatusUnsupportedMediaType, "upload_type", "Kind of file not supported", "Instagram takes PNG, JPEG, GIF, MP4, MOV, WebM, Ogg, AVI, AAC, M4A, WAV and PDF")
	errUploadEmpty    = newProblem(http.StatusUnprocessableEntity, "upload_empty", "Empty file", "")
	errUploadTooLarge = newProblem(http.StatusRequestEntityTooLarge, "upload_too_large", "File too large", "")
	errUploadQuota    = newProblem(http.StatusTooManyRequests, "upload_quota", "No room for more files", "Uploads are kept for two days; try again later").retryAfter(time.Hour)
	errTooManyUploads = newProblem(http.StatusTooManyRequests, "too_many_uploads", "Too many uploads at once", "Wait for one to end").retryAfter(5 * time.Second)
)

func megabytes(n int64) string { return strconv.FormatInt(n>>20, 10) + " MB" }
