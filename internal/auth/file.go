package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
	"countersign/internal/yamldoc"
)

// File is the file of tokens: who may log in, and what they may use.
type File struct {
	Tokens   []Token
	Subjects []Subject
}

// Token is one static token, of which only the hash is stored.
type Token struct {
	Name    string
	Hash    [sha256.Size]byte
	Expires time.Time
	Access
}

// Access is what somebody may use.
type Access struct {
	Scopes tool.Scopes
	// Accounts are the accounts they may use; nil for all.
	Accounts []cloud.AccountName
	// Policy is the path of their own policy file; empty for the policy of the server.
	Policy string
}

// Subject says what a subject of the issuer may use.
type Subject struct {
	// Subject and Group are compared with the claims of the token. One of them is empty.
	Subject, Group string
	Access
	// Capped reports that Scopes limit the scopes of the token.
	Capped bool
}

// everybody is the subject that matches all tokens.
const everybody = "*"

// subject returns the first entry that matches the claims of a token; nil if none does.
func (f *File) subject(c claims) *Subject {
	for i, s := range f.Subjects {
		if s.Subject == everybody || s.Subject != "" && s.Subject == c.subject || s.Group != "" && slices.Contains(c.groups, s.Group) {
			return &f.Subjects[i]
		}
	}
	return nil
}

// OwnPolicy is a policy file, and the entry of the file of tokens that names it.
type OwnPolicy struct{ Path, Of string }

func (f *File) policies() []OwnPolicy {
	var all []OwnPolicy
	for _, t := range f.Tokens {
		all = append(all, OwnPolicy{t.Policy, "token " + t.Name})
	}
	for _, s := range f.Subjects {
		of := "subject " + s.Subject
		if s.Group != "" {
			of = "group " + s.Group
		}
		all = append(all, OwnPolicy{s.Policy, of})
	}
	return slices.DeleteFunc(all, func(p OwnPolicy) bool { return p.Path == "" })
}

// The keys of the file.
const (
	keyTokens   = "tokens"
	keySubjects = "subjects"
)

// maxFile bounds the size of the file, in bytes.
const maxFile = 1 << 20

// ReadFile reads a file of tokens. It fails if others may read or write the file, or if
// any part of it is invalid. Accounts in it have to be among the given ones; nil allows
// all.
func ReadFile(path string, accounts []string) (*File, error) {
	text, err := readPrivate(path)
	if err != nil {
		return nil, err
	}
	return parse(path, text, accounts)
}

func readPrivate(path string) ([]byte, error) {
	failed := func(err error) error {
		if pathError, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathError.Err
		}
		return &yamldoc.Error{File: path, Message: "cannot be read: " + err.Error()}
	}
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, failed(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, failed(err)
	}
	if err := private(path, info); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, failed(err)
	}
	return text, nil
}

// private returns an error for a file that others can read or write. Who can write it
// can log in under any name.
func private(path string, info fs.FileInfo) error {
	if info.IsDir() {
		return &yamldoc.Error{File: path, Message: "is a folder"}
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return &yamldoc.Error{File: path, Message: "can be read or written by others than its owner; say: chmod 600 " + path}
	}
	return nil
}

func parse(path string, text []byte, accounts []string) (*File, error) {
	root, err := yamldoc.Parse(path, text)
	if err != nil {
		return nil, err
	}
	fields, err := root.Fields("file of tokens", keyTokens, keySubjects)
	if err != nil {
		return nil, err
	}
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	r := reader{folder: folder, accounts: accounts}
	var f File
	if n, there := fields[keyTokens]; there {
		if f.Tokens, err = r.tokens(n); err != nil {
			return nil, err
		}
	}
	if n, there := fields[keySubjects]; there {
		if f.Subjects, err = r.subjects(n); err != nil {
			return nil, err
		}
	}
	return &f, nil
}

// reader decodes the parts of a file.
type reader struct {
	folder   string
	accounts []string
}

// tokenName is the form of the names of tokens. No principal of an issuer has it.
var tokenName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// reservedName is the principal of callers without a login.
const reservedName = "local"

// CheckName returns an error for a name that a token cannot have.
func CheckName(name string) error {
	switch {
	case !tokenName.MatchString(name):
		return errors.New("a name has up to 63 small letters, digits, dots, hyphens and underscores, and begins with a letter or digit")
	case name == reservedName:
		return errors.New(`"local" is the name of the user of the terminal; take another one`)
	}
	return nil
}

func (r reader) tokens(n yamldoc.Node) ([]Token, error) {
	items, err := n.Items(keyTokens)
	if err != nil {
		return nil, err
	}
	tokens := make([]Token, 0, len(items))
	for _, item := range items {
		t, err := r.token(item)
		if err != nil {
			return nil, err
		}
		for _, other := range tokens {
			switch {
			case other.Name == t.Name:
				return nil, item.Errorf("token: the name %s stands there twice", t.Name)
			case other.Hash == t.Hash:
				return nil, item.Errorf("token: %s and %s are the same token", other.Name, t.Name)
			}
		}
		tokens = append(tokens, t)
	}
	return tokens, nil
}

func (r reader) token(n yamldoc.Node) (Token, error) {
	var t Token
	fields, err := n.Fields("token", "name", "hash", "scopes", "accounts", "policy", "expires")
	if err != nil {
		return t, err
	}
	for _, key := range []string{"name", "hash", "scopes"} {
		if _, there := fields[key]; !there {
			return t, n.Errorf("token: %s is missing", key)
		}
	}
	if t.Name, err = fields["name"].Text("name"); err != nil {
		return t, err
	}
	if err := CheckName(t.Name); err != nil {
		return t, fields["name"].Errorf("name: %s", err)
	}
	hash, err := fields["hash"].Text("hash")
	if err != nil {
		return t, err
	}
	raw, err := hex.DecodeString(hash)
	if err != nil || len(raw) != len(t.Hash) {
		return t, fields["hash"].Errorf("hash: expected the SHA-256 of a token, as 64 hex digits; `countersign token new` makes both")
	}
	copy(t.Hash[:], raw)
	if t.Access, err = r.access(fields); err != nil {
		return t, err
	}
	if n, there := fields["expires"]; there {
		text, err := n.Text("expires")
		if err != nil {
			return t, err
		}
		if t.Expires, err = parseDay(text); err != nil {
			return t, n.Errorf("expires: expected a day such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z")
		}
	}
	return t, nil
}

// parseDay parses a time, or a day, which stands for its beginning in UTC.
func parseDay(text string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339, text)
}

func (r reader) subjects(n yamldoc.Node) ([]Subject, error) {
	items, err := n.Items(keySubjects)
	if err != nil {
		return nil, err
	}
	var subjects []Subject
	for _, item := range items {
		s, err := r.subject(item)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, s)
	}
	return subjects, nil
}

func (r reader) subject(n yamldoc.Node) (Subject, error) {
	var s Subject
	fields, err := n.Fields("subject", "subject", "group", "scopes", "accounts", "policy")
	if err != nil {
		return s, err
	}
	who, isSubject := fields["subject"]
	group, isGroup := fields["group"]
	switch {
	case isSubject == isGroup:
		return s, n.Errorf("subject: give either subject or group")
	case isSubject:
		s.Subject, err = who.Text("subject")
	default:
		s.Group, err = group.Text("group")
	}
	if err != nil {
		return s, err
	}
	_, s.Capped = fields["scopes"]
	s.Access, err = r.access(fields)
	return s, err
}

func (r reader) access(fields map[string]yamldoc.Node) (Access, error) {
	var a Access
	if n, there := fields["scopes"]; there {
		names, err := texts(n, "scopes")
		if err != nil {
			return a, err
		}
		var scopes []tool.Scope
		for i, name := range names {
			scope, err := tool.ParseScope(name.text)
			if err != nil {
				return a, names[i].at.Errorf("scopes: %s", err)
			}
			scopes = append(scopes, scope)
		}
		a.Scopes = tool.NewScopes(scopes...)
	}
	if n, there := fields["accounts"]; there {
		names, err := texts(n, "accounts")
		if err != nil {
			return a, err
		}
		a.Accounts = []cloud.AccountName{}
		for _, name := range names {
			if r.accounts != nil && !slices.Contains(r.accounts, name.text) {
				return a, name.at.Errorf("accounts: there is no account %q; %s", name.text, yamldoc.Meant(name.text, r.accounts))
			}
			a.Accounts = append(a.Accounts, cloud.AccountName(name.text))
		}
	}
	if n, there := fields["policy"]; there {
		path, err := n.Text("policy")
		if err != nil {
			return a, err
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(r.folder, path)
		}
		a.Policy = path
	}
	return a, nil
}

// text is one text of a list in a file.
type text struct {
	text string
	at   yamldoc.Node
}

// texts reads one text or a list of texts. An empty list allows nothing; leaving the key
// out may allow more.
func texts(n yamldoc.Node, what string) ([]text, error) {
	items, err := n.Items(what)
	if err != nil {
		items = []yamldoc.Node{n}
	}
	all := make([]text, 0, len(items))
	for _, item := range items {
		t, err := item.Text(what)
		if err != nil {
			return nil, err
		}
		all = append(all, text{t, item})
	}
	return all, nil
}
