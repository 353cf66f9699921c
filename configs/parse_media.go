package configs

import (
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
)

// parseBlobURL takes a directory or an S3-compatible bucket.
func parseBlobURL(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
	case u.Scheme == "file" && u.Host == "" && filepath.IsAbs(u.Path):
		return text, nil
	case u.Scheme == "s3" && u.Host != "" && u.User == nil:
		return text, nil
	}
	return "", errors.New("must be file:///directory or s3://bucket, without credentials")
}

// maxKeepDays is ten years: above, somebody has mistaken the unit.
const maxKeepDays = 3650

func parseDays(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxKeepDays {
		return 0, errors.New("must be a number of days from 0 to 3650")
	}
	return n, nil
}

func parseBool(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, errors.New("must be true or false")
	}
	return text == "true", nil
}

func parseHostPorts(text string) ([]string, error) {
	list := fields(text)
	for _, item := range list {
		host, port, err := net.SplitHostPort(item)
		if err != nil || host == "" || port == "" {
			return nil, errors.New("must be a comma-separated list of host:port")
		}
	}
	return list, nil
}
