package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// welcome fills the house and says where to go.
func (d *demo) welcome(ctx context.Context, p *process, s *service) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	accounts, err := d.connectBusinesses(ctx, s)
	if err != nil {
		return fmt.Errorf("connect the three businesses: %w", err)
	}
	if err := d.deliverHistory(ctx, s); err != nil {
		return fmt.Errorf("deliver the history: %w", err)
	}
	info := demoInfo{
		URL: d.url(), SimulatorURL: d.simulatorURL(), OpsURL: "http://" + d.ops.Addr().String(),
		DatabaseURL: d.databaseURL("app"), PlatformDatabaseURL: d.databaseURL("platform"),
		AppSecret: d.state.AppSecret, SessionKeys: d.state.SessionKeys,
		Operator: d.state.Operator, Support: d.state.Support, Accounts: accounts,
	}
	if err := d.dir.writeJSON("demo.json", info); err != nil {
		return err
	}
	p.printf("%s", d.greeting(info))
	return nil
}

func (d *demo) greeting(info demoInfo) string {
	names := make([]string, len(info.Accounts))
	for i, a := range info.Accounts {
		names[i] = a.Username
	}
	return fmt.Sprintf(`
Parlor is ready.

  The inbox        %[1]s
                   "Continue with Instagram" and choose one of %[2]s;
                   or "Operator sign-in": %[3]s / %[4]s
  A phone          %[5]s/phone
                   write to a business as its customer, and watch the message arrive
  By command       curl -X POST %[5]s/_sim/messages -H 'Content-Type: application/json' \
                     -d '{"business": "%[6]s", "customer": "amara.bakes", "text": "Is the blue bowl still there?"}'
  For scripts      %[7]s
  Log              %[8]s

Stop it with Ctrl-C; the data stays in %[9]s.
`, info.URL, strings.Join(names, ", "), info.Operator.Username, info.Operator.Password, info.SimulatorURL, names[0],
		d.dir.file("demo.json"), d.dir.file("parlor.log"), d.dir.path)
}
