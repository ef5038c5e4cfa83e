package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/sshkey"
)

// algorithms are the kinds of keys that the console offers; their codes are
// [inferred].
func algorithms() []gpcn.SSHKeyAlgorithm {
	return []gpcn.SSHKeyAlgorithm{
		{Code: "ed25519", DisplayName: "ED25519", Description: "Modern and short."},
		{Code: "rsa-4096", DisplayName: "RSA 4096", Description: "Long, for old clients."},
		{Code: "rsa-2048", DisplayName: "RSA 2048", Description: "For very old clients."},
		{Code: "ecdsa-p256", DisplayName: "ECDSA P-256", Description: "Elliptic curve of NIST."},
	}
}

func (*Sandbox) listAlgorithms(*http.Request) answer {
	return ok("SSH key algorithms retrieved successfully", algorithms())
}

// createSSHKey adds a key, or makes up a pair whose private key has the right form and
// opens nothing. That two keys may share a name, and that the fields of the other type
// are refused, is [inferred].
func (s *Sandbox) createSSHKey(r *http.Request) answer {
	f := &form{}
	f.body(r, "name", "type", "publicKey", "algorithm", "passphrase")
	f.require("name", "type")
	name, source := f.matching("name", 1, gpcn.MaxSSHKeyName, nil), f.oneOf("type", string(gpcn.SSHKeyUpload), string(gpcn.SSHKeyGenerate))
	public, algorithm := f.text("publicKey"), f.text("algorithm")
	f.text("passphrase")
	w := s.world
	generate := source != nil && *source == string(gpcn.SSHKeyGenerate)
	if generate {
		f.require("algorithm")
		f.checkGenerate(algorithm)
	} else if source != nil {
		f.require("publicKey")
		f.checkUpload(public)
	}
	if a, refused := f.refused(); refused {
		return a
	}
	id := w.addKey(*name)
	key := &w.keys[len(w.keys)-1]
	if !generate {
		key.PublicKey = *public
		parsed, _ := sshkey.Parse(*public) // checked above
		key.Algorithm = strings.ToUpper(strings.TrimPrefix(parsed.Type, "ssh-"))
		return created(gpcn.CreatedSSHKey{ID: id})
	}
	key.Algorithm = strings.ToUpper(*algorithm)
	return created(struct {
		ID         cloud.SSHKeyID `json:"id"`
		PrivateKey string         `json:"privateKey"`
	}{id, w.madeUpPrivateKey()})
}

func created(data any) answer {
	return answer{http.StatusCreated, success{Success: true, Message: "SSH key created successfully", Data: data}}
}

func (f *form) checkGenerate(algorithm *string) {
	if algorithm != nil && !slices.ContainsFunc(algorithms(), func(a gpcn.SSHKeyAlgorithm) bool { return a.Code == *algorithm }) {
		f.report("algorithm", "Unknown algorithm")
	}
	if f.has("publicKey") {
		f.report("publicKey", "Not allowed when type is generate")
	}
}

func (f *form) checkUpload(public *string) {
	if public != nil {
		if _, err := sshkey.Parse(*public); err != nil {
			f.report("publicKey", "Invalid SSH public key")
		}
	}
	for _, name := range []string{"algorithm", "passphrase"} {
		if f.has(name) {
			f.report(name, "Not allowed when type is upload")
		}
	}
}

// madeUpPrivateKey returns the armour of a private key without a real key in it.
func (w *world) madeUpPrivateKey() string {
	const armour = "OPENSSH PRIVATE " + "KEY"
	return fmt.Sprintf("-----BEGIN %s-----\n%s\n-----END %s-----\n", armour, w.kit.Seed.Hex(64), armour)
}

// deleteSSHKey deletes a key. It refuses one that a machine names [inferred].
func (s *Sandbox) deleteSSHKey(r *http.Request) answer {
	return s.onKey(r, &form{}, func(k *gpcn.SSHKey) answer {
		if s.world.namesKey(k.ID) {
			return refuse(http.StatusConflict, "SSH key is in use by a virtual machine")
		}
		// Machines point into the list, so it is not changed in place.
		s.world.keys = slices.DeleteFunc(slices.Clone(s.world.keys), func(other gpcn.SSHKey) bool { return other.ID == k.ID })
		return done("SSH key deleted successfully")
	})
}

func (w *world) namesKey(id cloud.SSHKeyID) bool {
	names := func(m *machine) bool { return m.key != nil && *m.key == id }
	return slices.ContainsFunc(w.vms, func(v *vm) bool { return names(&v.machine) }) ||
		slices.ContainsFunc(w.gpus, func(g *gpu) bool { return names(&g.machine) })
}
