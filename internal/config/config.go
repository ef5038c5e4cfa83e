// Package config is the one table of settings: each has a flag, an environment
// variable derived from it, a default and a line of help, from which the
// documentation is generated.
//
// It must never know what a setting is used for, and it holds no credential:
// those are read when a request needs them.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"countersign/internal/spelling"
)

// Config is every setting with its value.
type Config struct {
	State       string
	Sandbox     bool
	SandboxSeed uint64
	ReadOnly    bool
	Toolsets    []string
	Policy      string
	Prices      string
	AskHost     bool
	Marks       bool
	AskTTL      time.Duration
	UseTTL      time.Duration
	FormWait    time.Duration
	FormMin     float64
	Timeout     time.Duration
	Retries     int
	SettleGrace time.Duration
	MaxPending  int
	AuditAnchor string
	AuditKeep   Days
	LogLevel    string
	LogFormat   string

	HTTP           string
	SSE            bool
	AllowedHosts   []string
	AllowedOrigins []string
	NoAuth         bool
	TLSCert        string
	TLSKey         string
	MaxCalls       int
	CallsEach      int
	Tokens         string
	OAuthIssuer    string
	OAuthAudience  []string
	OAuthGroups    string
	MetricsAddr    string
}

// Bind declares every setting on a flag set.
func (c *Config) Bind(fs *pflag.FlagSet) {
	fs.StringVar(&c.State, "state", "", "folder of operations, approvals and audit (default: the platform's state folder)")
	fs.BoolVar(&c.Sandbox, "sandbox", false, "work on embedded sandboxes of all clouds, with a state folder of their own; no account is needed")
	fs.Uint64Var(&c.SandboxSeed, "sandbox-seed", 0, "seed of the sandbox's IDs; 0 takes a new one each time")
	fs.BoolVar(&c.ReadOnly, "read-only", false, "list and serve only tools that change nothing")
	fs.StringSliceVar(&c.Toolsets, "toolsets", []string{"default"}, "groups of tools to serve, by commas, or all; countersign tools lists them")
	fs.StringVar(&c.Policy, "policy", "", "file with your rules: what passes, what asks, what nobody may do, and caps; countersign help policy")
	fs.StringVar(&c.Prices, "prices", "", "file with your prices of clouds that publish none; countersign help prices")
	fs.BoolVar(&c.AskHost, "ask-host", false, "mark tools that destroy, so that hosts which know the mark ask their user in every mode too")
	fs.BoolVar(&c.Marks, "marks", true, "leave a tag on what is made where the cloud has tags, by which it is found again when an answer is lost; without, name and time have to do")
	fs.DurationVar(&c.AskTTL, "ask-ttl", 15*time.Minute, "how long a question waits for a person")
	fs.DurationVar(&c.UseTTL, "use-ttl", 10*time.Minute, "how long an approval can be used")
	fs.IntVar(&c.MaxPending, "max-pending", 20, "how many questions of one caller wait at most; beyond, the oldest lapse")
	fs.DurationVar(&c.FormWait, "form-wait", 45*time.Second, "how long a call waits for a form before it points to the terminal")
	fs.Float64Var(&c.FormMin, "form-min-seconds", 1, "a form answered faster than this is taken for no answer")
	fs.DurationVar(&c.Timeout, "timeout", 30*time.Second, "how long one request to a cloud may take; a read with its further tries takes at most half as long again")
	fs.IntVar(&c.Retries, "retries", 2, "how often a read that failed is tried again; writes never are")
	fs.DurationVar(&c.SettleGrace, "settle-grace", 2*time.Minute, "how long a create whose answer was lost may still show up at the cloud")
	fs.StringVar(&c.AuditAnchor, "audit-anchor", "", "file outside of the state folder to which every head of the audit is appended; countersign help audit")
	fs.Var(&c.AuditKeep, "audit-keep", "how many days the audit is kept, as in 400d, 35 at least; servers remove what is older (default: for ever)")
	fs.StringVar(&c.LogLevel, "log-level", "info", "trace, debug, info, warn or error")
	fs.StringVar(&c.LogFormat, "log-format", "auto", "auto, json or console")
	fs.StringVar(&c.HTTP, "http", "", "address such as 127.0.0.1:8080 on which serve serves over HTTP in place of stdin and stdout")
	fs.BoolVar(&c.SSE, "sse", false, "over HTTP, serve the transport of revision 2024-11-05 too, at /sse")
	fs.StringSliceVar(&c.AllowedHosts, "allowed-hosts", nil, "names, by commas, by which clients reach the server over HTTP; its address is none, and localhost holds on loopback")
	fs.StringSliceVar(&c.AllowedOrigins, "allowed-origins", nil, "web pages, by commas and as https://name, that may use the server over HTTP; those of this machine may on loopback")
	fs.BoolVar(&c.NoAuth, "no-auth", false, "over HTTP on loopback, let in everybody who reaches it without a token")
	fs.StringVar(&c.TLSCert, "tls-cert", "", "file with the certificate for HTTP, PEM; it is read again when it changes")
	fs.StringVar(&c.TLSKey, "tls-key", "", "file with the key of that certificate, PEM")
	fs.IntVar(&c.MaxCalls, "max-calls", 256, "over HTTP, how many requests may be under way at once")
	fs.IntVar(&c.CallsEach, "max-calls-each", 64, "over HTTP, how many of them may be of one caller")
	fs.StringVar(&c.Tokens, "tokens", "", "file of those who may use the server over HTTP; countersign token new makes it, countersign help http explains it")
	fs.StringVar(&c.OAuthIssuer, "oauth-issuer", "", "URL of the OAuth issuer whose access tokens are taken over HTTP; countersign help oauth")
	fs.StringSliceVar(&c.OAuthAudience, "oauth-audience", nil, "URL of this server, as clients have it and tokens name it; further names that tokens may have, by commas")
	fs.StringVar(&c.OAuthGroups, "oauth-groups-claim", "groups", "claim of a token that has the groups of its subject")
	fs.StringVar(&c.MetricsAddr, "metrics-addr", "", "loopback address such as 127.0.0.1:9464 at which serve shows its metrics to this machine without a login; countersign help monitoring")
}

// Prefix begins the environment variable of every setting.
const Prefix = "COUNTERSIGN_"

// Variable returns the name of the environment variable of a setting.
func Variable(flag string) string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// ApplyEnvironment sets the settings that have no flag to the value of their variable.
// An empty variable counts as not set, because clients pass on fields that their user
// left blank.
func ApplyEnvironment(fs *pflag.FlagSet, lookup func(string) (string, bool)) error {
	var first error
	fs.VisitAll(func(f *pflag.Flag) {
		value, ok := lookup(Variable(f.Name))
		if !ok || value == "" || f.Changed || first != nil {
			return
		}
		if err := fs.Set(f.Name, value); err != nil {
			first = ValueError("environment variable "+Variable(f.Name), err)
		}
	})
	return first
}

// CheckEnvironment returns an error for a variable that looks like one of a setting and is
// none: a server that ignored it would run without the rules or the PIN that its operator
// believes in. environ has the form of os.Environ.
func CheckEnvironment(fs *pflag.FlagSet, environ []string) error {
	var known []string
	fs.VisitAll(func(f *pflag.Flag) { known = append(known, Variable(f.Name)) })
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, Prefix) || value == "" || slices.Contains(known, name) {
			continue
		}
		hint := "`countersign serve --help` lists the settings"
		if near := spelling.Nearest(name[len(Prefix):], suffixes(known)); near != "" {
			hint = "did you mean " + Prefix + near + "?"
		}
		return fmt.Errorf("environment variable %s is no setting; %s", name, hint)
	}
	return nil
}

// suffixes returns the names of variables without the prefix, so that only what differs
// is compared.
func suffixes(variables []string) []string {
	var rest []string
	for _, name := range variables {
		rest = append(rest, strings.TrimPrefix(name, Prefix))
	}
	return rest
}

// maxFormMin is the highest minimum time for reading a form, in seconds.
const maxFormMin = 3600

// maxRetries bounds --retries; vendors do not like more.
const maxRetries = 10

// mostPending bounds --max-pending; a person does not answer more questions with care.
const mostPending = 1000

// Check returns an error for values that are invalid or contradict each other.
func (c *Config) Check() error {
	for _, d := range []struct {
		flag  string
		value time.Duration
	}{{"ask-ttl", c.AskTTL}, {"use-ttl", c.UseTTL}, {"form-wait", c.FormWait}, {"timeout", c.Timeout}} {
		if d.value <= 0 {
			return fmt.Errorf("--%s must be longer than 0, it is %s", d.flag, d.value)
		}
	}
	if math.IsNaN(c.FormMin) || c.FormMin < 0 || c.FormMin > maxFormMin {
		return fmt.Errorf("--form-min-seconds must be a number from 0 to %d", maxFormMin)
	}
	if c.Retries < 0 || c.Retries > maxRetries {
		return fmt.Errorf("--retries must be 0 to %d", maxRetries)
	}
	if c.MaxPending < 1 || c.MaxPending > mostPending {
		return fmt.Errorf("--max-pending must be 1 to %d", mostPending)
	}
	if c.SettleGrace < 0 {
		return fmt.Errorf("--settle-grace cannot be negative, it is %s", c.SettleGrace)
	}
	return cmp.Or(c.checkAudit(), c.checkHTTP())
}

// minKeep is the shortest time to keep the audit, in days: the spending of a month is
// computed from it.
const minKeep = 35

// checkAudit returns an error for an anchor that protects nothing, and for an audit that
// is kept too short.
func (c *Config) checkAudit() error {
	if c.AuditKeep > 0 && c.AuditKeep < minKeep {
		return fmt.Errorf("--audit-keep must be %dd or longer, it is %s", minKeep, &c.AuditKeep)
	}
	if c.AuditAnchor == "" {
		return nil
	}
	state, err := c.StateDir()
	if err != nil {
		return err
	}
	anchor, err := filepath.Abs(c.AuditAnchor)
	if err != nil {
		return fmt.Errorf("--audit-anchor: %w", err)
	}
	if within, err := filepath.Rel(state, anchor); err == nil && filepath.IsLocal(within) {
		return fmt.Errorf("--audit-anchor %s lies in the state folder, where whoever changes the audit changes it too: name a file elsewhere", c.AuditAnchor)
	}
	return nil
}

func (c *Config) checkHTTP() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	if c.MaxCalls < 1 || c.CallsEach < 1 {
		return errors.New("--max-calls and --max-calls-each must be 1 or more")
	}
	if (c.OAuthIssuer == "") != (len(c.OAuthAudience) == 0) {
		return errors.New("--oauth-issuer and --oauth-audience go together: tokens of an issuer are taken only where they are meant for this server")
	}
	if err := c.checkNames(); err != nil {
		return err
	}
	if c.HTTP != "" {
		return nil
	}
	for flag, given := range map[string]bool{"sse": c.SSE, "no-auth": c.NoAuth, "tls-cert": c.TLSCert != ""} {
		if given {
			return fmt.Errorf("--%s is of use only with --http", flag)
		}
	}
	return nil
}

// Anchor returns the path of the file for the heads of the audit; empty for none. The
// sandbox has its own anchor, as it has its own state folder.
func (c *Config) Anchor() string {
	if c.AuditAnchor != "" && c.Sandbox {
		return c.AuditAnchor + ".sandbox"
	}
	return c.AuditAnchor
}

// StateDir returns the folder of the state: the one that was given, or the default of the
// platform, in which the sandbox has a folder of its own.
func (c *Config) StateDir() (string, error) {
	if c.State != "" {
		return filepath.Abs(c.State)
	}
	base, err := platformState()
	if err != nil {
		return "", fmt.Errorf("find the state folder (give one with --state): %w", err)
	}
	if c.Sandbox {
		return filepath.Join(base, "countersign", "sandbox"), nil
	}
	return filepath.Join(base, "countersign"), nil
}

func platformState() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return os.UserConfigDir()
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "state"), nil
}
