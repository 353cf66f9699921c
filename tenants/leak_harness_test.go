package tenants_test

import (
	"strings"
)

func seedSQL() string {
	fill := func(letter, digit, text string) string {
		return strings.NewReplacer("@", letter, "#", digit, "!", text).Replace(strings.ReplaceAll(leakSeed, "@example.org", "~example.org"))
	}
	return strings.ReplaceAll(fill("a", "1", "own ")+fill("b", "2", marker+" "), "~example.org", "@example.org")
}
