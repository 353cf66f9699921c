package api_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"parlor/api"
	"parlor/tenants"
)

const uploadsPath = "/api/v1/ui/uploads"

// file is a body that is a file.
func file(contentType string, data []byte) []change {
	return []change{with("Content-Type", contentType), func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	}}
}

func TestAnUploadGoesToInstagram(t *testing.T) {
	t.Parallel()
	s := newMediaStack(t)
	p, theirs := s.owner("casalumen.studio"), s.owner("nordkaffee")
	a := p.do("POST", uploadsPath, file("image/png", picture)...)
	u := read[api.Upload](t, a)
	if a.status != 201 || u.Kind != "image" || u.ContentType != "image/png" || u.Bytes != int64(len(picture)) {
		t.Fatalf("%d %+v", a.status, u)
	}
	id := uuid.MustParse(u.ID)
	target := strings.TrimPrefix(s.media.OutURL(p.accountID(), id), origin)
	out := s.do("GET", target)
	if out.status != 200 || out.body != string(picture) || out.header.Get("Content-Type") != "image/png" {
		t.Errorf("out: %d, %d bytes, %v", out.status, len(out.body), out.header)
	}
	if head := s.do("HEAD", target); head.status != 200 || head.body != "" || head.header.Get("Content-Length") != out.header.Get("Content-Length") {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		s.do(method, target).refused(t, 405, "method_not_allowed")
	}
	s.do("GET", strings.TrimPrefix(s.media.OutURL(theirs.accountID(), id), origin)).refused(t, 404, "not_found")
	s.do("GET", strings.Replace(target, u.ID, uuid.NewString(), 1)).refused(t, 403, "invalid_ticket")
	s.do("GET", strings.Replace(target, "/out/", "/", 1)).refused(t, 403, "invalid_ticket")
}

func TestUploadsAreRefusedInTime(t *testing.T) {
	t.Parallel()
	s := newMediaStack(t)
	p := s.owner("casalumen.studio")
	large := append(bytes.Clone(picture), make([]byte, 8<<20)...)
	unannounced := func(r *http.Request) { r.ContentLength = -1 }
	for name, tc := range map[string]struct {
		changes []change
		status  int
		code    string
	}{
		"a page":               {file("text/html", page), 415, "upload_type"},
		"a page as a picture":  {file("image/png", page), 415, "upload_type"},
		"a picture as a video": {file("video/mp4", picture), 415, "upload_type"},
		"packed":               {append(file("image/png", picture), with("Content-Encoding", "gzip")), 415, "upload_type"},
		"nothing":              {file("image/png", nil), 422, "upload_empty"},
		"a large picture":      {file("image/png", large), 413, "upload_too_large"},
		"of unknown length":    {append(file("image/png", large), unannounced), 413, "upload_too_large"},
		"26 MB":                {file("video/mp4", append(bytes.Clone(video), make([]byte, 26<<20)...)), 413, "body_too_large"},
		"26 MB, unannounced":   {append(file("video/mp4", append(bytes.Clone(video), make([]byte, 26<<20)...)), unannounced), 413, "body_too_large"},
		"JSON":                 {[]change{body(`{}`)}, 415, "upload_type"},
	} {
		a := p.do("POST", uploadsPath, tc.changes...)
		if got := a.problem(t); a.status != tc.status || got.Code != tc.code {
			t.Errorf("%s: %d %s %s", name, a.status, got.Code, got.Detail)
		} else if tc.code == "upload_too_large" && !strings.Contains(got.Detail, "8 MB") {
			t.Errorf("%s: %q does not name the limit", name, got.Detail)
		}
	}
	var left int
	if err := s.database.Admin(t).QueryRow(t.Context(), "select count(*) from tenant.uploads").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d uploads are left, %v", left, err)
	}
	s.do("POST", uploadsPath, file("image/png", picture)...).refused(t, 401, "missing_token")
	s.as(s.key(p.accountID(), tenants.MessagesSend)).do("POST", uploadsPath, file("image/png", picture)...).refused(t, 401, "invalid_token")
	s.database.Exec(t, "update platform.memberships set role = 'viewer', version = version + 1 where account_id = $1", p.accountID())
	p.browser.session(t).do("POST", uploadsPath, file("image/png", picture)...).refused(t, 403, "forbidden")
}

func TestWithoutMediaNothingIsServed(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{change: func(d *api.Deps) { d.Media = nil }})
	s.do("GET", "/media/"+uuid.NewString()+"?ticket=x").refused(t, 403, "invalid_ticket")
	s.do("GET", "/media/out/"+uuid.NewString()+"?ticket=x").refused(t, 403, "invalid_ticket")
	s.owner("casalumen.studio").do("POST", uploadsPath, file("image/png", picture)...).refused(t, 503, "no_blob_store")
}
