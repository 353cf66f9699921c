package configs

import (
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
)

const (
	prefix     = "PARLOR_"
	fileSuffix = "_FILE"
)

// maxSecretFileBytes caps what a KEY_FILE may hold; a wrong path to something huge is a fault, not a long read.
const maxSecretFileBytes = 64 << 10

// notOurs matches what others put into an environment under our prefix: Kubernetes describes a Service named "parlor"
// by PARLOR_SERVICE_HOST, PARLOR_PORT_8080_TCP …, and PARLOR_TEST_ belongs to the test suite.
var notOurs = regexp.MustCompile(`^PARLOR_(SERVICE_(HOST|PORT.*)|PORT(_[0-9]+_(TCP|UDP).*)?|TEST_.*)$`)

// reader takes typed values out of an environment and collects what is wrong with them. A key that is set to nothing
// counts as not set.
type reader struct {
	values map[string]string // the PARLOR_ keys that hold something
	keys   map[string]string // every key read so far, with its default; KEY_FILE too
	faults Faults
}

// newReader takes the environment as os.Environ gives it; the last of a repeated key counts.
func newReader(environ []string) *reader {
	r := &reader{values: map[string]string{}, keys: map[string]string{}}
	for _, pair := range environ {
		key, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(key, prefix) || notOurs.MatchString(key) {
			continue
		}
		delete(r.values, key)
		if value != "" {
			r.values[key] = value
		}
	}
	return r
}

// fault notes a problem of a key, given without the prefix.
func (r *reader) fault(key, problem string) {
	r.faults = append(r.faults, Fault{Key: prefix + key, Problem: problem})
}

// faulty reports whether a key, or its file, has a fault already: then what its absence would break is not worth a line.
func (r *reader) faulty(key string) bool {
	for _, f := range r.faults {
		if f.Key == prefix+key || f.Key == prefix+key+fileSuffix {
			return true
		}
	}
	return false
}

// text reads a key that has no form of its own.
func (r *reader) text(key, otherwise string) string {
	r.keys[prefix+key] = otherwise
	if value, ok := r.values[prefix+key]; ok {
		return value
	}
	return otherwise
}

// value reads a key and parses it. The error of parse must not quote the value.
func value[T any](r *reader, key, otherwise string, parse func(string) (T, error)) T {
	var zero T
	text := r.text(key, otherwise)
	if text == "" {
		return zero
	}
	parsed, err := parse(text)
	if err != nil {
		r.fault(key, err.Error())
		return zero
	}
	return parsed
}

// secret reads KEY, or the file that KEY_FILE names; both together are a fault.
func (r *reader) secret(key string) Secret {
	text, path := r.text(key, ""), r.text(key+fileSuffix, "")
	if path == "" {
		return NewSecret(text)
	}
	if text != "" {
		r.fault(key, "is set together with "+prefix+key+fileSuffix+": set one of them")
		return Secret{}
	}
	content, err := readSecretFile(path)
	if err != nil {
		r.fault(key+fileSuffix, err.Error())
		return Secret{}
	}
	if content != "" {
		r.values[prefix+key] = content // so that require finds it
	}
	return NewSecret(content)
}

// secretValue reads a secret and parses it. The error of parse must not quote the value.
func secretValue[T any](r *reader, key string, parse func(string) (T, error)) T {
	var zero T
	s := r.secret(key)
	if s.IsZero() {
		return zero
	}
	parsed, err := parse(s.Reveal())
	if err != nil {
		r.fault(key, err.Error())
		return zero
	}
	return parsed
}

// unknown notes every PARLOR_ key that nothing has read: a misspelt key must not pass for an unset one.
func (r *reader) unknown() {
	for key := range r.values {
		if _, ok := r.keys[key]; !ok {
			r.fault(strings.TrimPrefix(key, prefix), unknownKey)
		}
	}
}

// unknownKey is the problem of a key that Parlor does not have.
const unknownKey = "is not a setting of Parlor (misspelt?)"

// readSecretFile returns the file's text without the newline that editors and echo leave at its end. An empty file counts as
// not set, as an empty key does.
func readSecretFile(path string) (string, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return "", errors.New("names a file that cannot be read: " + reason(err))
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxSecretFileBytes+1))
	if err != nil {
		return "", errors.New("names a file that cannot be read: " + reason(err))
	}
	if len(content) > maxSecretFileBytes {
		return "", errors.New("names a file of more than 64 KiB")
	}
	return strings.TrimRight(string(content), "\r\n"), nil
}

// reason is why a file could not be read, without its path: somebody may have put the secret itself there.
func reason(err error) string {
	if failed, ok := errors.AsType[*os.PathError](err); ok {
		return failed.Err.Error()
	}
	return "read error"
}
