package simulator

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/fnv"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"path"
	"sync"
	"time"
)

// mediaURL is where a file can be fetched: at Options.URL, or where the request came to.
func (s *Simulator) mediaURL(r *http.Request, name string) string {
	base := s.o.URL
	if base == "" {
		base = "http://" + r.Host
	}
	return base + "/_sim/media/" + name
}

// files keeps the latest of what was sent, up to maxKept bytes.
type files struct {
	mu    sync.Mutex
	kept  map[string][]byte
	order []string
	bytes int
}

const maxKept = 64 << 20

func newFiles() *files { return &files{kept: map[string][]byte{}} }

var endings = map[string]string{
	"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "video/mp4": ".mp4", "video/webm": ".webm",
	"application/ogg": ".ogg", "audio/wave": ".wav", "application/pdf": ".pdf",
}

// keep stores a file under a name made of its bytes.
func (f *files) keep(body []byte, contentType string) (name string) {
	sum := sha256.Sum256(body)
	name = "sent-" + hex.EncodeToString(sum[:12]) + endings[contentType]
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, known := f.kept[name]; known {
		return name
	}
	f.kept[name], f.order, f.bytes = body, append(f.order, name), f.bytes+len(body)
	for f.bytes > maxKept {
		f.bytes -= len(f.kept[f.order[0]])
		delete(f.kept, f.order[0])
		f.order = f.order[1:]
	}
	return name
}

func (f *files) get(name string) ([]byte, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, ok := f.kept[name]
	return body, ok
}

// media is GET /_sim/media/{name}: what was sent, or else a small real file of the kind that the name's end says.
func (s *Simulator) media(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	body, ok := s.files.get(name)
	if !ok {
		body, ok = sample(name)
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, name, time.Unix(1_790_000_000, 0), bytes.NewReader(body))
}

// sample makes a file. Pictures, PDF and sound can be opened; a video has a right beginning only.
func sample(name string) ([]byte, bool) {
	switch path.Ext(name) {
	case ".png", ".jpg", ".gif":
		return picture(name), true
	case ".mp4":
		return []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08free\x00\x00\x00\x08mdat"), true
	case ".ogg":
		return append([]byte("OggS\x00\x02"), make([]byte, 58)...), true
	case ".wav":
		return silence(), true
	case ".pdf":
		return []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n" +
			"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"), true
	}
	return nil, false
}

// silence is half a second of it, as WAV with 8,000 samples of a byte a second.
func silence() []byte {
	const samples = 4000
	out := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, 36+samples)...)
	out = append(out, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data"...)
	out = binary.LittleEndian.AppendUint32(out, samples)
	return append(out, bytes.Repeat([]byte{0x80}, samples)...)
}

// picture paints a gradient whose colour follows from the name.
func picture(name string) []byte {
	const width, height = 320, 240
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(name)) // never fails
	tint := sum.Sum32()
	img := image.NewPaletted(image.Rect(0, 0, width, height), nil)
	for shade := range 240 {
		light := func(shift int) uint8 { return uint8((int(tint>>shift&0x7f) + shade/2) & 0xff) }
		img.Palette = append(img.Palette, color.RGBA{R: light(0), G: light(8), B: light(16), A: 255})
	}
	for y := range height {
		for x := range width {
			img.SetColorIndex(x, y, uint8((x+y)*239/(width+height)))
		}
	}
	var out bytes.Buffer // takes everything
	switch path.Ext(name) {
	case ".png":
		_ = png.Encode(&out, img)
	case ".gif":
		_ = gif.Encode(&out, img, nil)
	default:
		_ = jpeg.Encode(&out, img, nil)
	}
	return out.Bytes()
}
