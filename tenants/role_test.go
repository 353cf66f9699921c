package tenants_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"parlor/tenants"
)

// docs/security.md shows people the table that the API and the app follow. When this fails, put the printed table there.
func TestRolesAreDocumentedAsTheyAre(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := roleTable(); !strings.Contains(string(text), want) {
		t.Errorf("docs/security.md does not hold this table:\n%s", want)
	}
}

// roleTable is every permission and who has it.
func roleTable() string {
	columns := []struct {
		title string
		may   []tenants.Permission
	}{
		{"owner", tenants.RoleOwner.Permissions()},
		{"agent", tenants.RoleAgent.Permissions()},
		{"viewer", tenants.RoleViewer.Permissions()},
		{"a visit, to read", tenants.SupportRead.Permissions()},
		{"a visit, to reply", tenants.SupportReply.Permissions()},
		{"an API key, as its scopes say", tenants.KeyScopes()},
		{"operator", tenants.StaffOperator.Permissions()},
		{"support", tenants.StaffSupport.Permissions()},
	}
	var all []tenants.Permission
	head, line := "| permission |", "|---|"
	for _, c := range columns {
		head, line = head+" "+c.title+" |", line+":-:|"
		for _, p := range c.may {
			if !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	slices.Sort(all)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", head, line)
	for _, p := range all {
		fmt.Fprintf(&b, "| `%s` |", p)
		for _, c := range columns {
			mark := " "
			if slices.Contains(c.may, p) {
				mark = "●"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	return b.String()
}
