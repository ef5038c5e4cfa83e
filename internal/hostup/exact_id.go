package hostup

import (
	"strings"

	"countersign/internal/cloud"
)

// vpsPrefix is the prefix of the IDs of servers.
const vpsPrefix = "vps_"

// checkForm refuses an ID that does not have HostUp's form: the prefix of its kind and
// more after it. No request is sent with such an ID.
func (p *Provider) checkForm(operation string, about subject, id, prefix string) error {
	if rest, ok := strings.CutPrefix(id, prefix); ok && rest != "" {
		return nil
	}
	what := "VPS"
	if about == aboutKeys {
		what = "SSH keys"
	}
	e := p.refuse(cloud.ErrUnknownID, operation, "IDs of HostUp's "+what+" begin with "+prefix)
	e.Hint = hintFor(cloud.ErrUnknownID, about)
	return e
}

// exactVPS runs a request about one server by its exact ID.
func exactVPS[Out any](p *Provider, operation string, id cloud.VMID, request func() (Out, error)) (Out, error) {
	if err := p.checkForm(operation, aboutVPS, string(id), vpsPrefix); err != nil {
		var none Out
		return none, err
	}
	return request()
}

// sameVPS returns an error unless the response is about the requested server.
func (p *Provider) sameVPS(operation string, asked, answered cloud.VMID) error {
	if asked == answered {
		return nil
	}
	e := p.refuse(cloud.ErrUnavailable, operation, "the cloud answered about another VPS than the one asked for")
	e.Hint = hintFor(cloud.ErrUnavailable, aboutVPS)
	return e
}
