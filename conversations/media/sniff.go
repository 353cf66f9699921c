package media

import (
	"bytes"
	"slices"
	"strings"
)

// Kind is what a file is, in Instagram's words for what may be sent.
type Kind string

// The kinds.
const (
	KindImage Kind = "image"
	KindVideo Kind = "video"
	KindAudio Kind = "audio"
	KindFile  Kind = "file"
)

// unknownType is every file whose bytes we do not know: it is downloaded, never shown.
const unknownType = "application/octet-stream"

// sniffBytes is how much of the beginning tells what a file is.
const sniffBytes = 512

// signature is how files of a type begin.
type signature struct {
	at          int
	is          string
	contentType string
}

// signatures are all that is ever shown in a page, and PDF. What could carry a script is not among them.
var signatures = []signature{
	{0, "\x89PNG\r\n\x1a\n", "image/png"},
	{0, "GIF87a", "image/gif"},
	{0, "GIF89a", "image/gif"},
	{8, "WEBPVP8", "image/webp"},
	{8, "WAVE", "audio/wav"},
	{8, "AVI ", "video/x-msvideo"},
	{0, "ID3", "audio/mpeg"},
	{0, "%PDF-", "application/pdf"},
}

// sniff names the type of a file by its first bytes, or unknownType. Nothing else is believed, no header and no name.
func sniff(head []byte) string {
	switch {
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return brandType(string(head[8:12]))
	case bytes.HasPrefix(head, []byte("OggS")):
		return oggType(head)
	case bytes.HasPrefix(head, []byte("\x1a\x45\xdf\xa3")) && bytes.Contains(head[:min(len(head), 64)], []byte("webm")):
		return "video/webm"
	case len(head) >= 2 && head[0] == 0xff:
		return syncType(head)
	}
	for _, s := range signatures {
		if len(head) >= s.at+len(s.is) && string(head[s.at:s.at+len(s.is)]) == s.is && (s.at == 0 || string(head[:4]) == "RIFF") {
			return s.contentType
		}
	}
	return unknownType
}

// brandType knows the brands of the ISO base media format.
func brandType(brand string) string {
	switch {
	case brand == "qt  ":
		return "video/quicktime"
	case brand == "M4A ", brand == "M4B ":
		return "audio/mp4"
	case brand == "avif", brand == "avis":
		return "image/avif"
	case slices.Contains([]string{"isom", "mp41", "mp42", "avc1", "dash", "msdh", "M4V ", "M4VH", "mmp4", "MSNV"}, brand),
		strings.HasPrefix(brand, "iso"), strings.HasPrefix(brand, "3gp"), strings.HasPrefix(brand, "cmf"):
		return "video/mp4"
	}
	return unknownType // HEIC among them: no page can show it
}

// oggType looks at the first packet, which names the codec.
func oggType(head []byte) string {
	for _, codec := range []string{"\x01vorbis", "OpusHead", "Speex   ", "\x7fFLAC"} {
		if bytes.Contains(head, []byte(codec)) {
			return "audio/ogg"
		}
	}
	if bytes.Contains(head, []byte("\x80theora")) {
		return "video/ogg"
	}
	return unknownType
}

// syncType tells the formats that begin with set bits: JPEG, AAC in ADTS, MP3.
func syncType(head []byte) string {
	switch {
	case len(head) >= 3 && head[1] == 0xd8 && head[2] == 0xff:
		return "image/jpeg"
	case head[1]&0xf6 == 0xf0:
		return "audio/aac"
	case head[1]&0xe6 == 0xe2:
		return "audio/mpeg"
	}
	return unknownType
}

// heardAs turns a container that holds sound alone, as voice notes come, into the sound's type. The containers are the same.
func heardAs(contentType string) string {
	switch contentType {
	case "video/mp4", "video/quicktime":
		return "audio/mp4"
	case "video/webm":
		return "audio/webm"
	}
	return contentType
}

// kindOf returns the kind of a type that sniff gave.
func kindOf(contentType string) Kind {
	family, _, _ := strings.Cut(contentType, "/")
	switch k := Kind(family); k {
	case KindImage, KindVideo, KindAudio:
		return k
	}
	return KindFile
}

// extensions name a downloaded file.
var extensions = map[string]string{
	"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/avif": ".avif",
	"video/mp4": ".mp4", "video/quicktime": ".mov", "video/webm": ".webm", "video/ogg": ".ogv", "video/x-msvideo": ".avi",
	"audio/mp4": ".m4a", "audio/webm": ".weba", "audio/ogg": ".ogg", "audio/wav": ".wav", "audio/mpeg": ".mp3", "audio/aac": ".aac",
	"application/pdf": ".pdf",
}
