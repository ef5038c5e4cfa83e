package sshkey_test

import (
	"errors"
	"strings"
	"testing"

	"countersign/internal/sshkey"
)

// The keys and the fingerprints are from ssh-keygen; the private keys were deleted.
const (
	ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIERXJ8IRogag/UsHS7g5zRxp7285UZ69HYSnDJ9BEPQN ops@example.com"
	rsa     = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC+EEentdxx8Chs/CxSdiTn99cbszIrMOR8mBvhBUlM98KzlAgjgYk4uV2OQwKXLOQ5dWUVn6OwvqZ1MrB4UeEcekVahXIPh3IdpvVk73b22nPv/SXRmoAVvb+HtPjCRkpqJkkm0AK/neeVe0Jft16hAGwUeJ+enXtVPCjf7+p0mqfopJv7Zm/by1nHIe5jRH3lWIy+5TSNzH0o8ZZvU6FtH6a146SY3uDiv+Vjbxs+prkPHhRr71RS1miZlt0AH96ctqfwwjONQeack0NZTafggxpZIWOK9+FT/VRycZQsAKcYOwD4zR42cWADY9iL9c31TVkTz29jgMiEsDiO2qrB rsa key"
	ecdsa   = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKM/Ri1lhsRdKCic8OrEdSZThtPM0gA//zQs+7eJxeY0x+v0Cb6Z+bHmggPV1SDpevca03wYK5OE8ibmVl6svNY="
)

func TestParse(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]sshkey.Public{
		ed25519: {Type: "ssh-ed25519", Fingerprint: "SHA256:ix6za6p6Ekcgw0pW4XdX2obpRW8UxnMTjRkCp7SUaMc", Comment: "ops@example.com"},
		rsa:     {Type: "ssh-rsa", Fingerprint: "SHA256:UVgeuIhhwDQZRbGHho4Gneg69qYOeFX63lka/d9sfNo", Comment: "rsa key"},
		ecdsa:   {Type: "ecdsa-sha2-nistp256", Fingerprint: "SHA256:QcgfsOYTEDsR1V8oqh83z+M4y9K1U0/62GDoOoIvNTU"},
		"  " + strings.Replace(ed25519, " ", "   ", 1) + "  ": {Type: "ssh-ed25519", Fingerprint: "SHA256:ix6za6p6Ekcgw0pW4XdX2obpRW8UxnMTjRkCp7SUaMc", Comment: "ops@example.com"},
	} {
		if got, err := sshkey.Parse(line); err != nil || got != want {
			t.Errorf("%.30s: %+v, %v, want %+v", line, got, err, want)
		}
	}
}

// TestWhatIsRefused pins the reasons, and that none of them repeats the input.
func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	blob := strings.Fields(ed25519)[1]
	for name, c := range map[string]struct {
		line string
		want error
	}{
		"private key":         {"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----", sshkey.ErrPrivate},
		"on one line":         {"-----BEGIN RSA PRIVATE KEY----- MIIEow", sshkey.ErrPrivate},
		"without armour":      {"b3BlbnNzaC1rZXktdjEAAAAABG5vbmU", sshkey.ErrPrivate},
		"PuTTY":               {"PuTTY-User-Key-File-3: ssh-ed25519", sshkey.ErrPrivate},
		"private as comment":  {ed25519 + " -----BEGIN OPENSSH PRIVATE KEY-----", sshkey.ErrPrivate},
		"two lines":           {ed25519 + "\n" + ed25519, sshkey.ErrLines},
		"a hidden character":  {ed25519 + "\u200b", sshkey.ErrLines},
		"options":             {`command="x" ` + ed25519, sshkey.ErrType},
		"a word":              {"hunter2hunter2", sshkey.ErrType},
		"nothing":             {"", sshkey.ErrType},
		"a type alone":        {"ssh-ed25519", sshkey.ErrType},
		"dsa":                 {"ssh-dss " + blob, sshkey.ErrType},
		"a certificate":       {"ssh-ed25519-cert-v01@openssh.com " + blob, sshkey.ErrType},
		"of another type":     {"ssh-rsa " + blob, sshkey.ErrBlob},
		"cut":                 {"ssh-ed25519 " + blob[:60], sshkey.ErrBlob},
		"no base64":           {"ssh-ed25519 hunter2hunter2%", sshkey.ErrBlob},
		"a point of no curve": {strings.Replace(ecdsa, "//zQ", "//zR", 1), sshkey.ErrBlob},
	} {
		got, err := sshkey.Parse(c.line)
		if !errors.Is(err, c.want) || got != (sshkey.Public{}) {
			t.Errorf("%s: %+v, %v, want %v", name, got, err, c.want)
		}
		for part := range strings.FieldsSeq(c.line) {
			if len(part) > 12 && strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error repeats %q", name, part)
			}
		}
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		ed25519: "SHA256:ix6za6p6Ekcgw0pW4XdX2obpRW8UxnMTjRkCp7SUaMc",
		strings.Replace(ed25519, "ssh-ed25519", "ssh-of-tomorrow", 1): "SHA256:ix6za6p6Ekcgw0pW4XdX2obpRW8UxnMTjRkCp7SUaMc",
		"ssh-rsa AAAAB3NzaC1yc2E...":                                  "",
		"ssh-rsa":                                                     "",
		"":                                                            "",
	} {
		if got := sshkey.Fingerprint(line); got != want {
			t.Errorf("%.30s: %q, want %q", line, got, want)
		}
	}
}
