package configs

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The parsers below return errors that say the form wanted and never the text they got.

func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, errors.New("must be a duration above zero, such as 90s or 72h")
	}
	return d, nil
}

func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, errors.New("must be a time such as 2027-01-31T00:00:00Z")
	}
	return t, nil
}

func parseConns(text string) (int32, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 2 || n > 1000 {
		return 0, errors.New("must be a whole number from 2 to 1000")
	}
	return int32(n), nil
}

func parseListenAddr(text string) (string, error) {
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return "", errors.New("must be host:port with a number as port, such as 127.0.0.1:8080")
	}
	return text, nil
}

// parseOrigin takes scheme://host[:port] alone.
func parseOrigin(text string) (*url.URL, error) {
	u, err := parseURL(text)
	if err != nil {
		return nil, err
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("must be an origin alone, such as https://inbox.example.com, without a path")
	}
	u.Path = ""
	return u, nil
}

// parseURL takes an https address, or an http one on this machine: tokens must not cross a network in the clear.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("must be an https:// address without credentials")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return nil, errors.New("must be https, unless its host is localhost or a loopback address")
	}
	return u, nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func parsePrefixes(text string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, item := range fields(text) {
		p, err := netip.ParsePrefix(item)
		if err != nil {
			return nil, errors.New("must be a comma-separated list of networks such as 10.0.0.0/8,::1/128")
		}
		if p.Bits() == 0 {
			return nil, errors.New("must not hold a network of every address (/0): then anybody is trusted")
		}
		prefixes = append(prefixes, p.Masked())
	}
	return prefixes, nil
}

func parseLogLevel(text string) (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(text)); err != nil {
		return 0, errors.New("must be debug, info, warn or error")
	}
	return level, nil
}

// oneOf returns a parser that takes one of the words.
func oneOf(words ...string) func(string) (string, error) {
	return func(text string) (string, error) {
		if !slices.Contains(words, text) {
			return "", errors.New("must be one of " + strings.Join(words, ", "))
		}
		return text, nil
	}
}

// someOf returns a parser that takes a comma-separated list of the words, each at most once.
func someOf(words ...string) func(string) ([]string, error) {
	return func(text string) ([]string, error) {
		list := fields(text)
		for i, item := range list {
			if !slices.Contains(words, item) || slices.Contains(list[:i], item) {
				return nil, errors.New("must be a comma-separated list, each once, of " + strings.Join(words, ", "))
			}
		}
		return list, nil
	}
}

var digits = regexp.MustCompile(`^[0-9]{1,32}$`)

func parseInstagramID(text string) (string, error) {
	if !digits.MatchString(text) {
		return "", errors.New("must be an Instagram id: digits alone, not a username")
	}
	return text, nil
}

func parseInstagramIDs(text string) ([]string, error) {
	list := fields(text)
	for _, item := range list {
		if !digits.MatchString(item) {
			return nil, errors.New("must be a comma-separated list of Instagram user ids: digits alone, not usernames")
		}
	}
	return list, nil
}

var version = regexp.MustCompile(`^v[0-9]{1,3}\.[0-9]{1,2}$`)

func parseVersion(text string) (string, error) {
	if !version.MatchString(text) {
		return "", errors.New("must be a Graph API version such as v25.0")
	}
	return text, nil
}

// roles returns a parser that takes user=role pairs with one of the roles, each user once.
func roles(words ...string) func(string) (map[string]string, error) {
	return func(text string) (map[string]string, error) {
		given := map[string]string{}
		for _, item := range fields(text) {
			user, role, found := strings.Cut(item, "=")
			user, role = strings.TrimSpace(user), strings.TrimSpace(role)
			if _, twice := given[user]; !found || user == "" || twice || !slices.Contains(words, role) {
				return nil, errors.New("must be a comma-separated list of name=role, each name once, role one of " + strings.Join(words, ", "))
			}
			given[user] = role
		}
		return given, nil
	}
}

// parseNone takes a value that may say "none" for an empty list where the default is not empty.
func parseNone[T any](parse func(string) (T, error)) func(string) (T, error) {
	return func(text string) (T, error) {
		if text == "none" {
			var zero T
			return zero, nil
		}
		return parse(text)
	}
}

// parseDSN takes a postgres:// URL or libpq's key=value form; whether it connects is for the pool to find out.
func parseDSN(text string) (Secret, error) {
	if strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://") {
		if u, err := url.Parse(text); err == nil && u.Host != "" {
			return NewSecret(text), nil
		}
	} else if strings.Contains(text, "host=") && !strings.Contains(text, "://") {
		return NewSecret(text), nil
	}
	return Secret{}, errors.New("must be a postgres:// URL, or key=value pairs with a host")
}

// parseKey takes the base64 form of a key, with or without padding, in either alphabet.
func parseKey(text string) ([]byte, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "=")
	text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
	key, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("must be base64")
	}
	return key, nil
}

// fields splits a comma-separated list; blanks around items and empty items are dropped.
func fields(text string) []string {
	var list []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}
