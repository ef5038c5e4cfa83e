package approver_test

import (
	"fmt"
	"strings"
	"testing"

	"countersign/internal/approver"
	"countersign/internal/cloud"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pin, want string
	}{
		{"482913", ""},
		{"correct horse battery staple", ""},
		{"äöüßéè", ""},
		{" 12 34 ", ""},
		{"", "at least 6 characters"},
		{"12345", "at least 6 characters"},
		{"äöüßé", "at least 6 characters"},
		{"111111", "different characters"},
		{"121212", "different characters"},
		{"123\n456", "control characters"},
		{"123\x7f456", "control characters"},
		{"\xff\xfe\xfd123", "is text"},
		{strings.Repeat("abcd", 64), ""},
		{strings.Repeat("abcd", 64) + "e", "at most 256 bytes"},
	} {
		err := approver.Check(cloud.NewSecret(test.pin))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q", test.pin, err, test.want)
		}
		if err != nil && test.pin != "" && strings.Contains(err.Error(), test.pin) {
			t.Errorf("the message repeats the PIN: %v", err)
		}
		if _, hashErr := approver.Hash(cloud.NewSecret(test.pin)); (hashErr == nil) != (err == nil) {
			t.Errorf("%q: check says %v, hash %v", test.pin, err, hashErr)
		}
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	hash, err := approver.Hash(cloud.NewSecret("482913"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=65536,t=3,p=4$") || strings.Contains(hash, "482913") {
		t.Errorf("hash %s", hash)
	}
	again, err := approver.Hash(cloud.NewSecret("482913"))
	if err != nil || again == hash {
		t.Errorf("two hashes of one PIN are the same (%v)", err)
	}
	for pin, want := range map[string]bool{
		"482913": true, "482914": false, "": false, "482913 ": false, " 482913": false, "48291": false, strings.Repeat("482913", 100): false,
	} {
		if got, err := approver.Matches(hash, cloud.NewSecret(pin)); got != want || err != nil {
			t.Errorf("%q: %v, %v", pin, got, err)
		}
	}
	if got, err := approver.Matches(hash, cloud.Secret{}); got || err != nil {
		t.Errorf("no PIN: %v, %v", got, err)
	}
}

// reference is the key that another implementation derives from "password" with the salt
// "somesaltsomesalt" at m=256, t=2, p=1.
const reference = "yrdGtGIZk/3JHsUHh5gLQUqQppLwvGjf4Z+cJbPLqew"

// TestMatchesKnown checks the format: a hash of another implementation with other costs than
// ours is compared at its own costs.
func TestMatchesKnown(t *testing.T) {
	t.Parallel()
	const known = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
	hash := known + reference
	if got, err := approver.Matches(hash, cloud.NewSecret("password")); !got || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := approver.Matches(hash, cloud.NewSecret("Password")); got || err != nil {
		t.Errorf("another one: %v, %v", got, err)
	}
}

// TestDamagedHashMatchesNothing damages each part of a hash: one that cannot be read, or whose
// cost is out of bounds, is an error and matches nothing.
func TestDamagedHashMatchesNothing(t *testing.T) {
	t.Parallel()
	const salt, key = "c29tZXNhbHRzb21lc2FsdA", reference
	good := func(algorithm, version, cost, salt, key string) string {
		return fmt.Sprintf("$%s$%s$%s$%s$%s", algorithm, version, cost, salt, key)
	}
	for name, hash := range map[string]string{
		"none":              "",
		"a word":            "password",
		"another algorithm": good("argon2i", "v=19", "m=256,t=2,p=1", salt, key),
		"another version":   good("argon2id", "v=16", "m=256,t=2,p=1", salt, key),
		"no cost":           good("argon2id", "v=19", "", salt, key),
		"more in the cost":  good("argon2id", "v=19", "m=256,t=2,p=1,x=1", salt, key),
		"no rounds":         good("argon2id", "v=19", "m=256,t=0,p=1", salt, key),
		"no threads":        good("argon2id", "v=19", "m=256,t=2,p=0", salt, key),
		"many threads":      good("argon2id", "v=19", "m=256,t=2,p=256", salt, key),
		"for ever":          good("argon2id", "v=19", "m=256,t=4000000000,p=1", salt, key),
		"all the memory":    good("argon2id", "v=19", "m=4000000000,t=2,p=1", salt, key),
		"a short salt":      good("argon2id", "v=19", "m=256,t=2,p=1", "c29tZQ", key),
		"no key":            good("argon2id", "v=19", "m=256,t=2,p=1", salt, ""),
		"half a key":        good("argon2id", "v=19", "m=256,t=2,p=1", salt, key[:20]),
		"no base64":         good("argon2id", "v=19", "m=256,t=2,p=1", salt, "!"+key[1:]),
		"something behind":  good("argon2id", "v=19", "m=256,t=2,p=1", salt, key) + "$",
	} {
		if got, err := approver.Matches(hash, cloud.NewSecret("password")); got || err == nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
