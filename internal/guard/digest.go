package guard

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// canonical returns the canonical form of a call's arguments. Secrets are replaced by MACs
// under the key of the state folder, so that an approval is bound to them although they
// are stored nowhere.
func (g *Guard) canonical(call *tool.Call) ([]byte, error) {
	return call.Canonical(func(secret string) string {
		mac := hmac.New(sha256.New, g.Key)
		mac.Write([]byte(secret))
		return "mac:" + hex.EncodeToString(mac.Sum(nil))
	})
}

// callDigest returns the digest that identifies a call: it is the same in every process for
// the same tool, arguments and principal.
func callDigest(toolName, principal string, canonical []byte) string {
	return digest("call", toolName, principal, string(canonical))
}

// planDigest returns the digest of the part of a plan that an approval is bound to.
func planDigest(p tool.Plan) (string, error) {
	raw, err := json.Marshal(bind(p))
	if err != nil {
		return "", fmt.Errorf("digest plan: %w", err)
	}
	return digest("plan", string(raw)), nil
}

// boundPlan is the part of a plan that an approval is bound to: targets, names,
// power state, before and after, rates, effects and consequences. It leaves out age, usage,
// stock, time, notes and other running machines.
type boundPlan struct {
	Account      cloud.AccountName  `json:"account"`
	Summary      string             `json:"summary"`
	Action       string             `json:"action,omitempty"`
	Final        bool               `json:"final,omitempty"`
	Effects      []tool.Effect      `json:"effects"`
	Targets      []boundTarget      `json:"targets,omitempty"`
	Facts        []cloud.Fact       `json:"facts,omitempty"`
	Changes      []tool.FieldChange `json:"changes,omitempty"`
	PriceBefore  string             `json:"price_before,omitempty"`
	Price        string             `json:"price,omitempty"`
	Opens        []string           `json:"opens,omitempty"`
	Consequences []string           `json:"consequences,omitempty"`
	Attachments  []cloud.Attachment `json:"attachments,omitempty"`
	Equal        string             `json:"equal,omitempty"`
	MadeKind     string             `json:"made_kind,omitempty"`
	MadeNames    []string           `json:"made_names,omitempty"`
	MadeTags     []string           `json:"made_tags,omitempty"`
	Marks        bool               `json:"marks,omitempty"`
	Location     string             `json:"location,omitempty"`
	Offer        string             `json:"offer,omitempty"`
	Adds         cloud.Load         `json:"adds,omitzero"`
	Grant        *tool.GrantTerms   `json:"grant,omitempty"`
}

type boundTarget struct {
	Kind        string   `json:"kind"`
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	NameAltered bool     `json:"name_altered,omitempty"`
	NameShared  bool     `json:"name_shared,omitempty"`
	Status      string   `json:"status,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	Location    string   `json:"location,omitempty"`
	Offer       string   `json:"offer,omitempty"`
}

func bind(p tool.Plan) boundPlan {
	bound := boundPlan{
		Account: p.Account, Summary: p.Summary, Action: p.Action, Final: p.Final, Effects: p.Effects, Facts: p.Facts, Changes: p.Changes, Opens: p.Opens,
		Consequences: p.Consequences, Attachments: p.Attachments, Equal: p.Equal, MadeKind: p.MadeKind, MadeNames: p.MadeNames, MadeTags: p.MadeTags, Marks: p.Marks,
		Location: p.Location, Offer: p.Offer, Adds: p.Adds, Grant: p.Grant,
	}
	for _, t := range p.Targets {
		bound.Targets = append(bound.Targets, boundTarget{t.Kind, t.ID, t.Name, t.NameAltered, t.NameShared, t.Status, t.Tags, t.Location, t.Offer})
	}
	if p.Cost != nil {
		bound.PriceBefore, bound.Price = priceKey(p.Cost.Before), priceKey(&p.Cost.After)
	}
	return bound
}

// priceKey returns the part of a price that an approval is bound to.
func priceKey(p *cloud.Price) string {
	if p == nil {
		return ""
	}
	if p.Unknown != "" {
		return p.String() + ": " + p.Unknown
	}
	return p.String()
}

// digest hashes length-prefixed parts, so that different lists of parts cannot collide.
func digest(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// newID returns a random ID with a prefix. It cannot be guessed.
func (g *Guard) newID(prefix string) string {
	id := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(g.random(13)))
	return prefix + id[:20]
}

// newMarker returns a random mark for something made, by which it can be found again.
func (g *Guard) newMarker() string { return "countersign-" + g.randomHex(6) }

func (g *Guard) randomHex(n int) string { return hex.EncodeToString(g.random(n)) }

// random returns n random bytes. It panics without them, because an ID that can be guessed
// must not exist.
func (g *Guard) random(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(g.Random, b); err != nil {
		panic("guard: no randomness: " + err.Error())
	}
	return b
}
