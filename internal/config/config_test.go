package config_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"countersign/internal/config"
)

// load reads settings from flags and an environment.
func load(t *testing.T, args []string, env map[string]string) (*config.Config, error) {
	t.Helper()
	c := &config.Config{}
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	c.Bind(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return c, config.ApplyEnvironment(fs, lookupIn(env))
}

func lookupIn(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}
}

// TestEverySettingHasAVariable pins the rule by which variables are named, that
// each setting explains itself, and that the defaults make sense together.
func TestEverySettingHasAVariable(t *testing.T) {
	t.Parallel()
	if got := config.Variable("form-min-seconds"); got != "COUNTERSIGN_FORM_MIN_SECONDS" {
		t.Errorf("variable %q", got)
	}
	c := &config.Config{}
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	c.Bind(fs)
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Usage == "" {
			t.Errorf("--%s has no help", f.Name)
		}
		if v := config.Variable(f.Name); strings.ToUpper(v) != v || strings.Contains(v, "-") {
			t.Errorf("--%s has the variable %q", f.Name, v)
		}
		file := f.Name == "tls-key" || f.Name == "tokens"
		if !file && (strings.Contains(f.Name, "key") || strings.Contains(f.Name, "token") || strings.Contains(f.Name, "secret")) {
			t.Errorf("--%s: credentials are never flags", f.Name)
		}
	})
	if err := c.Check(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
}

// TestFlagWinsOverEnvironment pins the order: flag, variable, default.
func TestFlagWinsOverEnvironment(t *testing.T) {
	t.Parallel()
	env := map[string]string{"COUNTERSIGN_ASK_TTL": "5m", "COUNTERSIGN_READ_ONLY": "true", "COUNTERSIGN_SANDBOX_SEED": "7"}
	tests := []struct {
		name string
		args []string
		env  map[string]string
		ttl  time.Duration
		read bool
		seed uint64
	}{
		{"default", nil, nil, 15 * time.Minute, false, 0},
		{"variable", nil, env, 5 * time.Minute, true, 7},
		{"flag", []string{"--ask-ttl=1m", "--read-only=false"}, env, time.Minute, false, 7},
		{"a flag with the default's value", []string{"--ask-ttl=15m"}, env, 15 * time.Minute, true, 7},
		{"an empty variable is none", nil, map[string]string{"COUNTERSIGN_ASK_TTL": "", "COUNTERSIGN_READ_ONLY": ""}, 15 * time.Minute, false, 0},
	}
	for _, test := range tests {
		c, err := load(t, test.args, test.env)
		if err != nil || c.AskTTL != test.ttl || c.ReadOnly != test.read || c.SandboxSeed != test.seed {
			t.Errorf("%s: %+v %v", test.name, c, err)
		}
	}
}

// TestBadVariableIsNamed pins that an error names the variable that is wrong.
func TestBadVariableIsNamed(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"COUNTERSIGN_ASK_TTL": "soon", "COUNTERSIGN_READ_ONLY": "perhaps", "COUNTERSIGN_FORM_MIN_SECONDS": "1s", "COUNTERSIGN_SANDBOX_SEED": "-1",
	} {
		_, err := load(t, nil, map[string]string{name: value})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}

// TestWrongValuesInPlainWords checks that nobody has to know Go to see what a setting
// takes.
func TestWrongValuesInPlainWords(t *testing.T) {
	t.Parallel()
	for setting, want := range map[[2]string]string{
		{"read-only", "yes"}:     `takes true or false, not "yes"`,
		{"ask-ttl", "15"}:        `takes a time with its unit, such as 30s, 15m or 2h, not "15"`,
		{"retries", "many"}:      `takes a whole number, not "many"`,
		{"audit-keep", "1 year"}: `: "1 year" is no number of days such as 400d`,
	} {
		_, err := load(t, nil, map[string]string{config.Variable(setting[0]): setting[1]})
		if err == nil || !strings.HasPrefix(err.Error(), "environment variable "+config.Variable(setting[0])) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", setting[0], err)
		}
		fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
		new(config.Config).Bind(fs)
		err = config.ValueError("", fs.Parse([]string{"--" + setting[0] + "=" + setting[1]}))
		if err == nil || !strings.HasPrefix(err.Error(), "--"+setting[0]) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("--%s: %v", setting[0], err)
		}
	}
}

// TestUnknownVariableIsNamed checks that a misspelt setting does not pass for none.
func TestUnknownVariableIsNamed(t *testing.T) {
	t.Parallel()
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	new(config.Config).Bind(fs)
	for entry, want := range map[string]string{
		"COUNTERSIGN_POLICY=x": "", "COUNTERSIGN_POLCY=": "", "COUNTERSIGNER=x": "", "PATH=/bin": "",
		"COUNTERSIGN_POLCY=x":     "environment variable COUNTERSIGN_POLCY is no setting; did you mean COUNTERSIGN_POLICY?",
		"COUNTERSIGN_TOKEN=a=b":   "did you mean COUNTERSIGN_TOKENS?",
		"COUNTERSIGN_ELEPHANT=x":  "environment variable COUNTERSIGN_ELEPHANT is no setting; `countersign serve --help` lists the settings",
		"COUNTERSIGN_READONLY=1":  "did you mean COUNTERSIGN_READ_ONLY?",
		"COUNTERSIGN_AUDITKEEP=1": "did you mean COUNTERSIGN_AUDIT_KEEP?",
	} {
		err := config.CheckEnvironment(fs, []string{"HOME=/", entry})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", entry, err)
		}
	}
}

// TestCheck pins that invalid values are refused, and that the error names the setting.
func TestCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args string
		flag string // "" where they are taken
	}{
		{"--form-min-seconds=0", ""},
		{"--allowed-hosts=cs.example.com,cs.example.com:8443,[::1]:8080 --allowed-origins=https://app.example.com,http://localhost:3000,null", ""},
		{"--allowed-hosts=https://cs.example.com", "allowed-hosts"},
		{"--allowed-hosts=cs.example.com/mcp", "allowed-hosts"},
		{"--allowed-hosts=*.example.com", "allowed-hosts"},
		{"--allowed-origins=app.example.com", "allowed-origins"},
		{"--allowed-origins=app.example.com:443", "allowed-origins"},
		{"--allowed-origins=https://app.example.com/", "allowed-origins"},
		{"--allowed-origins=https://*.example.com", "allowed-origins"},
		{"--settle-grace=0", ""},
		{"--ask-ttl=1ns", ""},
		{"--ask-ttl=0", "ask-ttl"},
		{"--ask-ttl=-1s", "ask-ttl"},
		{"--use-ttl=0", "use-ttl"},
		{"--form-wait=0", "form-wait"},
		{"--timeout=0", "timeout"},
		{"--form-min-seconds=-1", "form-min-seconds"},
		{"--form-min-seconds=NaN", "form-min-seconds"},
		{"--form-min-seconds=Inf", "form-min-seconds"},
		{"--form-min-seconds=1e300", "form-min-seconds"},
		{"--settle-grace=-1s", "settle-grace"},
		{"--http=127.0.0.1:0 --sse --no-auth", ""},
		{"--http=127.0.0.1:0 --tls-cert=a --tls-key=b", ""},
		{"--http=127.0.0.1:0 --tls-cert=a", "tls-key"},
		{"--http=127.0.0.1:0 --tls-key=a", "tls-cert"},
		{"--tls-cert=a --tls-key=b", "tls-cert"},
		{"--sse", "sse"},
		{"--no-auth", "no-auth"},
		{"--max-calls=0", "max-calls"},
		{"--max-calls-each=-1", "max-calls-each"},
		{"--oauth-issuer=https://login.example.com", "oauth-audience"},
		{"--oauth-audience=https://countersign.example.com/mcp", "oauth-issuer"},
	}
	for _, test := range tests {
		c, err := load(t, strings.Fields(test.args), nil)
		if err != nil {
			t.Fatal(err)
		}
		err = c.Check()
		if (err == nil) != (test.flag == "") || err != nil && !strings.Contains(err.Error(), test.flag) {
			t.Errorf("%s: %v", test.args, err)
		}
	}
}

// TestStateDir pins where the state lives, and that the sandbox never shares it.
func TestStateDir(t *testing.T) {
	base := t.TempDir()
	t.Setenv("XDG_STATE_HOME", base)
	tests := []struct {
		name string
		c    config.Config
		want string
	}{
		{"platform", config.Config{}, filepath.Join(base, "countersign")},
		{"sandbox", config.Config{Sandbox: true}, filepath.Join(base, "countersign", "sandbox")},
		{"given", config.Config{State: base}, base},
		{"given, sandbox", config.Config{State: base, Sandbox: true}, base},
	}
	for _, test := range tests {
		if got, err := test.c.StateDir(); err != nil || got != test.want {
			t.Errorf("%s: %q %v, want %q", test.name, got, err, test.want)
		}
	}
	if got, err := (&config.Config{State: "here"}).StateDir(); err != nil || !filepath.IsAbs(got) {
		t.Errorf("a relative folder is %q, %v", got, err)
	}
	// A path that is not absolute is ignored, by the XDG specification.
	t.Setenv("XDG_STATE_HOME", "relative")
	if got, err := (&config.Config{}).StateDir(); err != nil || !filepath.IsAbs(got) || strings.Contains(got, "relative") {
		t.Errorf("XDG_STATE_HOME=relative gives %q, %v", got, err)
	}
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("HOME", "")
	t.Setenv("AppData", "")
	if got, err := (&config.Config{}).StateDir(); err == nil || !strings.Contains(err.Error(), "--state") {
		t.Errorf("without a home: %q, %v", got, errors.Unwrap(err))
	}
}

// TestAuditSettings pins which anchors and retentions are valid.
func TestAuditSettings(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	elsewhere := filepath.Join(t.TempDir(), "anchor")
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"--audit-anchor", elsewhere}, ""},
		{[]string{"--audit-anchor", state + "-beside"}, ""},
		{[]string{"--audit-anchor", filepath.Join(state, "anchor")}, "lies in the state folder"},
		{[]string{"--audit-anchor", filepath.Join(state, "..", filepath.Base(state), "deep", "anchor")}, "lies in the state folder"},
		{[]string{"--audit-keep", "35d"}, ""},
		{[]string{"--audit-keep", "400"}, ""},
		{[]string{"--audit-keep", "34d"}, "--audit-keep must be 35d or longer, it is 34d"},
	}
	for _, test := range tests {
		c, err := load(t, append(test.args, "--state", state), nil)
		if err == nil {
			err = c.Check()
		}
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v", test.args, err)
		}
	}
	for _, text := range []string{"0", "-1d", "1y", "", "d", "12h"} {
		var d config.Days
		if err := d.Set(text); err == nil {
			t.Errorf("%q is taken for %s", text, &d)
		}
	}
	c, err := load(t, []string{"--audit-keep", "400d"}, nil)
	if err != nil || c.AuditKeep.Duration() != 400*24*time.Hour || c.AuditKeep.String() != "400d" || c.Anchor() != "" {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err = load(t, []string{"--audit-anchor", "a"}, nil); err != nil || c.Anchor() != "a" {
		t.Errorf("anchor %q, %v", c.Anchor(), err)
	}
	if c, err = load(t, []string{"--audit-anchor", "a", "--sandbox"}, nil); err != nil || c.Anchor() != "a.sandbox" {
		t.Errorf("anchor %q, %v", c.Anchor(), err)
	}
}
