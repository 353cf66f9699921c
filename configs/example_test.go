package configs_test

import (
	"regexp"
	"strings"
	"testing"

	"parlor/configs"
)

var keyLine = regexp.MustCompile(`^#?(PARLOR_[A-Z0-9_]+)=(.*)$`)

// documented returns the keys of the example file with the comment above each.
func documented(t *testing.T) map[string]string {
	t.Helper()
	comments := map[string]string{}
	var comment strings.Builder
	for line := range strings.SplitSeq(configs.Example, "\n") {
		match := keyLine.FindStringSubmatch(line)
		switch {
		case match != nil:
			if _, twice := comments[match[1]]; twice {
				t.Errorf("%s is documented twice", match[1])
			}
			comments[match[1]] = comment.String()
		case line == "":
			comment.Reset()
		default:
			comment.WriteString(line + "\n")
		}
	}
	return comments
}

func TestExampleDocumentsEveryKey(t *testing.T) {
	t.Parallel()
	comments, keys := documented(t), configs.Keys()
	for key, otherwise := range keys {
		comment, ok := comments[key]
		switch {
		case !ok:
			t.Errorf("%s is a setting but parlor.example.env does not have it", key)
		case !strings.Contains(comment, "Default") && !strings.Contains(comment, "Required"):
			t.Errorf("%s: the example says neither its default nor that it is required", key)
		case otherwise != "" && !strings.Contains(comment, otherwise) && !strings.Contains(configs.Example, "\n#"+key+"="+otherwise+"\n"):
			t.Errorf("%s: the example does not name its default %q", key, otherwise)
		}
	}
	for key := range comments {
		if _, ok := keys[key]; !ok {
			t.Errorf("parlor.example.env documents %s, which is no setting", key)
		}
	}
}

// Whoever copies the file as it stands, comments opened, must be told so.
func TestExampleSecretsAreRefused(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"PARLOR_SESSION_KEYS", "PARLOR_SEALING_KEY", "PARLOR_AUDIT_KEY"} {
		for line := range strings.SplitSeq(configs.Example, "\n") {
			value, found := strings.CutPrefix(line, "#"+key+"=")
			if !found {
				continue
			}
			_, err := configs.FromEnv(with(map[string]string{key: value}))
			if err == nil || !strings.Contains(err.Error(), key) {
				t.Errorf("the example value of %s is taken: %v", key, err)
			}
		}
	}
}
