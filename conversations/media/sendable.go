package media

import (
	"fmt"
	"mime"
	"strings"
)

// What Instagram takes of a kind. Source: Messaging API of Instagram Login, read 2026-11-22.
const (
	maxImageBytes int64 = 8 << 20
	maxOtherBytes int64 = 25 << 20
)

// MaxUploadBytes is the most that an upload of any kind may have.
const MaxUploadBytes = maxOtherBytes

// sendableTypes are the types of file that may be sent, by what sniff calls them, and how many bytes each may have. Source: as above.
var sendableTypes = map[string]int64{
	"image/png": maxImageBytes, "image/jpeg": maxImageBytes, "image/gif": maxImageBytes,
	"audio/aac": maxOtherBytes, "audio/mp4": maxOtherBytes, "audio/wav": maxOtherBytes,
	"video/mp4": maxOtherBytes, "video/ogg": maxOtherBytes, "video/x-msvideo": maxOtherBytes, "video/quicktime": maxOtherBytes,
	"video/webm": maxOtherBytes, "application/pdf": maxOtherBytes,
}

// sendable decides what a file is sent as. The bytes tell; the declared type only says whether an MP4 is meant to be seen or heard, and must
// not name another kind than the bytes are.
func sendable(sniffed, declared string) (string, error) {
	family := ""
	if declared != "" {
		named, _, err := mime.ParseMediaType(declared)
		if err != nil {
			return "", fmt.Errorf("%w: unreadable content type", ErrUploadType)
		}
		family, _, _ = strings.Cut(named, "/")
		if named == unknownType {
			family = ""
		}
	}
	if family == string(KindAudio) {
		sniffed = heardAs(sniffed)
	}
	if _, ok := sendableTypes[sniffed]; !ok {
		return "", ErrUploadType
	}
	if is, _, _ := strings.Cut(sniffed, "/"); family != "" && family != is {
		return "", fmt.Errorf("%w: another kind than declared", ErrUploadType)
	}
	return sniffed, nil
}
