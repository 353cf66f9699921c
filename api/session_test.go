package api_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"parlor/api"
	"parlor/auth"
	"parlor/tenants"
)

func TestOwnerSignsInWithInstagram(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	got := p.session
	if got.Token == "" || got.ExpiresIn != 86400 || got.AccountID == nil || got.User.Provider != "instagram" || *got.Role != "owner" || got.StaffRole != nil {
		t.Errorf("session = %+v", got)
	}
	raw := p.browser.do("POST", "/api/v1/ui/session", body("{}")).body
	for _, want := range []string{`"username":"casalumen.studio"`, `"name":"Casa Lumen"`, `"status":"active"`, `"support":null`, `"profile_picture_url":`} {
		if !strings.Contains(raw, want) {
			t.Errorf("session lacks %s: %s", want, raw)
		}
	}
	who := read[api.Session](t, p.do("GET", "/api/v1/ui/session"))
	if *who.AccountID != *got.AccountID || who.ExpiresIn > 86400 || who.ExpiresIn < 86300 || who.User != got.User {
		t.Errorf("who am I = %+v", who)
	}
	accounts := read[api.AccountPage](t, p.do("GET", "/api/v1/ui/accounts"))
	if len(accounts.Items) != 1 || accounts.Items[0].AccountID != *got.AccountID || accounts.Items[0].Role != "owner" || accounts.NextCursor != nil {
		t.Errorf("accounts = %+v", accounts)
	}
}

func TestSessionCookie(t *testing.T) {
	t.Parallel()
	for scheme, want := range map[string]struct{ session, flow string }{
		"http":  {"parlor_session=", "parlor_flow_"},
		"https": {"__Host-parlor_session=", "__Host-parlor_flow_"},
	} {
		s := newStack(t, options{change: func(d *api.Deps) { d.PublicURL = mustURL(t, scheme+"://localhost:8080") }})
		signIn := s.browser().do("POST", "/api/v1/ui/session", body("{}"), basic("helen", password)).header.Get("Set-Cookie")
		begin := s.browser().do("GET", "/auth/instagram/login").header.Get("Set-Cookie")
		for cookie, attributes := range map[string][]string{
			signIn: {want.session, "Path=/", "HttpOnly", "SameSite=Strict", "Max-Age="}, begin: {want.flow, "Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=600"},
		} {
			for _, attribute := range attributes {
				if !strings.Contains(cookie, attribute) {
					t.Errorf("%s: cookie lacks %s: %s", scheme, attribute, cookie)
				}
			}
			if strings.Contains(cookie, "Secure") != (scheme == "https") || strings.Contains(cookie, "Domain") {
				t.Errorf("%s: cookie %s", scheme, cookie)
			}
		}
	}
}

func TestStaffWithoutAnAccount(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	helen := s.staff("helen")
	got := helen.session
	if got.AccountID != nil || got.Role != nil || got.StaffRole == nil || *got.StaffRole != "support" || got.User.Name != "helen" {
		t.Errorf("session = %+v", got)
	}
	if a := helen.do("GET", "/api/v1/ui/session"); a.status != 200 || !strings.Contains(a.body, `"account":null`) {
		t.Errorf("who am I = %d %s", a.status, a.body)
	}
	if accounts := read[api.AccountPage](t, helen.do("GET", "/api/v1/ui/accounts")); len(accounts.Items) != 0 {
		t.Errorf("accounts = %+v", accounts)
	}
	if a := s.do("POST", "/api/v1/ui/session", basic("helen", password)); a.status != 200 {
		t.Errorf("without a body: %d %s", a.status, a.body)
	}
	for _, target := range []string{"/api/v1/ui/conversations", "/api/v1/ui/events", "/api/v1/ui/conversations/x/messages"} {
		if p := helen.do("GET", target).problem(t); p.Status != 401 || p.Title != "Invalid token type" || p.Code != "invalid_token" {
			t.Errorf("GET %s = %+v", target, p)
		}
	}
}

func TestSignInsAreRememberedWithTheCallersAddress(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		trusted []netip.Prefix
		want    string
	}{
		"nobody trusted": {nil, "192.0.2.1"}, // httptest's peer
		"a proxy":        {[]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, "198.51.100.7"},
	}
	for name, tc := range tests {
		s := newStack(t, options{change: func(d *api.Deps) { d.TrustedProxies = tc.trusted }})
		s.browser().session(t, basic("helen", password), with("X-Forwarded-For", "6.6.6.6, 198.51.100.7"))
		var got string
		if err := s.database.Admin(t).QueryRow(t.Context(), "select address from platform.sessions").Scan(&got); err != nil || got != tc.want {
			t.Errorf("%s: address = %q (%v), want %s", name, got, err, tc.want)
		}
	}
}

func TestOperatorHasTheDefaultAccount(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner, operator := s.owner("casalumen.studio"), s.staff("operator")
	if got := operator.session; got.AccountID == nil || *got.AccountID != *owner.session.AccountID || *got.Role != "owner" || *got.StaffRole != "operator" {
		t.Errorf("session = %+v", got)
	}
}

func TestRefusalsOfASignIn(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	theirs := s.owner("nordkaffee")
	tests := map[string]struct {
		changes []change
		status  int
		code    string
	}{
		"no proof":                 {[]change{body("{}")}, 401, "no_session"},
		"no proof and no body":     {nil, 401, "no_session"},
		"no proof and junk":        {[]change{body(`}{`)}, 401, "no_session"},
		"no proof, some account":   {[]change{body(`{"account_id":"x"}`)}, 401, "no_session"},
		"a wrong password":         {[]change{body("{}"), basic("operator", "wrong")}, 401, "invalid_credentials"},
		"an unknown user":          {[]change{body("{}"), basic("nobody", password)}, 401, "invalid_credentials"},
		"an invented cookie":       {[]change{body("{}"), with("Cookie", "parlor_session=a.b"), with("Origin", origin)}, 401, "no_session"},
		"a cookie from elsewhere":  {[]change{body("{}"), with("Cookie", "parlor_session=a.b"), with("Sec-Fetch-Site", "cross-site")}, 403, "cross_site"},
		"a cookie from nowhere":    {[]change{body("{}"), with("Cookie", "parlor_session=a.b")}, 403, "cross_site"},
		"a token":                  {[]change{body("{}"), with("Authorization", "Bearer "+theirs.session.Token)}, 401, "no_session"},
		"an API key":               {[]change{body("{}"), with("Authorization", "Bearer "+s.key(theirs.accountID(), tenants.ConversationsRead))}, 401, "no_session"},
		"a form":                   {[]change{with("Content-Type", "application/x-www-form-urlencoded"), body("account_id=x"), basic("helen", password)}, 415, "unsupported_media_type"},
		"plain text":               {[]change{with("Content-Type", "text/plain"), body("{}"), basic("helen", password)}, 415, "unsupported_media_type"},
		"no JSON":                  {[]change{body("{"), basic("helen", password)}, 400, "unreadable_body"},
		"an unknown field":         {[]change{body(`{"canary-9":1}`), basic("helen", password)}, 422, "validation_failed"},
		"a field of another kind":  {[]change{body(`{"account_id":7}`), basic("helen", password)}, 422, "validation_failed"},
		"another's account":        {[]change{body(`{"account_id":"` + *theirs.session.AccountID + `"}`), basic("helen", password)}, 404, "not_found"},
		"an account that is none":  {[]change{body(`{"account_id":"canary-9"}`), basic("helen", password)}, 404, "not_found"},
		"a probe account":          {[]change{body(`{"account_id":"` + tenants.ProbeAccountA.String() + `"}`), basic("helen", password)}, 404, "not_found"},
		"two Authorization header": {[]change{body("{}"), basic("helen", password), basic("operator", password)}, 400, "invalid_request"},
	}
	for name, tc := range tests {
		a := s.do("POST", "/api/v1/ui/session", tc.changes...)
		if p := a.problem(t); p.Status != tc.status || p.Code != tc.code {
			t.Errorf("%s: %d %s, want %d %s", name, p.Status, p.Code, tc.status, tc.code)
		}
		if strings.Contains(a.body, "canary") || strings.Contains(a.header.Get("WWW-Authenticate"), "Basic") {
			t.Errorf("%s: %s %v", name, a.body, a.header)
		}
	}
}

func TestMissingAndForeignAccountAreOneAnswer(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	theirs := s.owner("nordkaffee")
	ask := func(id string) string {
		a := s.do("POST", "/api/v1/ui/session", body(`{"account_id":"`+id+`"}`), basic("helen", password))
		a.header.Del("Set-Cookie") // a fresh secret each time
		return a.bytesOf()
	}
	want := ask(*theirs.session.AccountID)
	for _, id := range []string{tenants.NewAccountID().String(), tenants.ProbeAccountB.String(), "x"} {
		if got := ask(id); got != want {
			t.Errorf("account %s:\n%s\n---\n%s", id, got, want)
		}
	}
}

func TestCookieRotatesAndItsReuseEndsTheSession(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	stolen := p.browser.cookies["parlor_session"]
	for range 3 {
		p.browser.session(t)
	}
	if p.browser.cookies["parlor_session"] == stolen {
		t.Fatal("the cookie does not rotate")
	}
	thief := s.browser()
	thief.cookies["parlor_session"] = stolen
	thief.do("POST", "/api/v1/ui/session", body("{}")).refused(t, 401, "no_session")
	if thief.cookies["parlor_session"] != stolen { // its removal could hit the one that another tab has just been given
		t.Error("a refused renewal touches the cookie")
	}
	p.browser.do("POST", "/api/v1/ui/session", body("{}")).refused(t, 401, "no_session")
	eventually(t, "the token is refused", func() bool { return p.do("GET", "/api/v1/ui/session").status == 401 })
}

// A session that somebody has planted in the browser is not the one that a sign-in goes on with; it ends.
func TestSignInLeavesAPlantedSession(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	attacker := s.owner("nordkaffee")
	victim := s.browser()
	victim.cookies["parlor_session"] = attacker.browser.cookies["parlor_session"]
	if a := victim.do("GET", victim.consent(t, "casalumen.studio"), crossSite(victim)); a.status != http.StatusSeeOther {
		t.Fatalf("callback: %d", a.status)
	}
	mine := victim.session(t)
	if mine.accountID() == attacker.accountID() || mine.session.User.ID == attacker.session.User.ID {
		t.Errorf("the victim is in the planted session: %+v", mine.session)
	}
	eventually(t, "the planted session is ended", func() bool { return attacker.do("GET", "/api/v1/ui/session").status == 401 })
	attacker.browser.do("POST", "/api/v1/ui/session", body("{}")).refused(t, 401, "no_session")
}

func TestRefusedOpeningKeepsTheFreshCookie(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	p.browser.do("POST", "/api/v1/ui/session", body(`{"account_id":"`+tenants.NewAccountID().String()+`"}`)).refused(t, 404, "not_found")
	for range 2 { // the old secret would be refused at the second use
		p.browser.session(t)
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	s.do("DELETE", "/api/v1/ui/session").refused(t, 401, "missing_token")
	s.as("junk").do("DELETE", "/api/v1/ui/session").refused(t, 401, "invalid_token")
	signOuts := map[string]func(p person) answer{
		"by token":  func(p person) answer { return p.do("DELETE", "/api/v1/ui/session") },
		"by cookie": func(p person) answer { return p.browser.do("DELETE", "/api/v1/ui/session") },
		"by both": func(p person) answer {
			return p.browser.do("DELETE", "/api/v1/ui/session", with("Authorization", "Bearer "+p.session.Token))
		},
	}
	for name, signOut := range signOuts {
		p := s.owner("casalumen.studio")
		a := signOut(p)
		if a.status != http.StatusNoContent || a.body != "" || !strings.Contains(a.header.Get("Set-Cookie"), "parlor_session=; Path=/; Max-Age=0") {
			t.Errorf("%s: %d %q %v", name, a.status, a.body, a.header)
		}
		begun := time.Now()
		eventually(t, name+": the token is refused", func() bool { return p.do("GET", "/api/v1/ui/conversations").status == 401 })
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("%s: refused after %v", name, took)
		}
		if problem := p.do("GET", "/api/v1/ui/conversations").problem(t); problem.Title != "Invalid session token" {
			t.Errorf("%s: %+v", name, problem)
		}
		fresh := s.browser()
		fresh.cookies["parlor_session"] = p.browser.cookies["parlor_session"]
		if a := fresh.do("POST", "/api/v1/ui/session", body("{}")); a.status != 401 {
			t.Errorf("%s: the cookie still works: %d", name, a.status)
		}
	}
	p := s.owner("casalumen.studio")
	p.browser.do("DELETE", "/api/v1/ui/session", with("Sec-Fetch-Site", "cross-site")).refused(t, 403, "cross_site")
	if a := p.do("GET", "/api/v1/ui/session"); a.status != 200 {
		t.Errorf("another site can sign out: %d", a.status)
	}
}

// The four refusals, decided in their order: what is wrong first is what is said.
func TestFourRefusalsInTheirOrder(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p, helen := s.owner("casalumen.studio"), s.staff("helen")
	past := must(auth.NewTokens(auth.TokenOptions{
		Keys: s.doors.ring, Issuer: origin, Now: func() time.Time { return time.Now().Add(-25 * time.Hour) },
	}))(t)
	expired := func(principal tenants.Principal) string {
		return must(past.Issue(auth.Subject{Principal: principal, AuthTime: time.Now().Add(-25 * time.Hour), NotAfter: time.Now().Add(time.Hour)}))(t).Token
	}
	live := must(s.doors.tokens.Verify(p.session.Token, auth.TypeUI))(t).Principal
	staff := must(s.doors.tokens.Verify(helen.session.Token, auth.TypeStaff))(t).Principal
	ended := s.owner("nordkaffee")
	gone := must(s.doors.tokens.Verify(ended.session.Token, auth.TypeUI))(t).Principal
	ended.do("DELETE", "/api/v1/ui/session")
	eventually(t, "the session is ended", func() bool { return ended.do("GET", "/api/v1/ui/session").status == 401 })
	tests := map[string]struct{ token, title, code string }{
		"no token":                        {"", "Missing session token", "missing_token"},
		"no JWT":                          {"junk", "Invalid session token", "invalid_token"},
		"a forged signature":              {p.session.Token[:len(p.session.Token)-4] + "AAAA", "Invalid session token", "invalid_token"},
		"the session cookie":              {p.browser.cookies["parlor_session"], "Invalid session token", "invalid_token"},
		"an API key":                      {s.key(p.accountID(), tenants.ConversationsRead), "Invalid session token", "invalid_token"},
		"expired":                         {expired(live), "Session expired", "session_expired"},
		"expired and revoked":             {expired(gone), "Invalid session token", "invalid_token"},
		"expired and of another type":     {expired(staff), "Session expired", "session_expired"},
		"of another type":                 {helen.session.Token, "Invalid token type", "invalid_token"},
		"expired, with a forged end part": {expired(live) + "x", "Invalid session token", "invalid_token"},
	}
	for name, tc := range tests {
		a := s.do("GET", "/api/v1/ui/conversations", with("Authorization", "Bearer "+tc.token))
		if problem := a.problem(t); problem.Status != 401 || problem.Title != tc.title || problem.Code != tc.code {
			t.Errorf("%s: %+v, want %q %s", name, problem, tc.title, tc.code)
		}
		if named := strings.Contains(a.header.Get("WWW-Authenticate"), "invalid_token"); named != (tc.token != "") {
			t.Errorf("%s challenges with %q", name, a.header.Get("WWW-Authenticate"))
		}
	}
}
