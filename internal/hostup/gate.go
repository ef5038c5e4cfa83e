package hostup

import "encoding/json"

// Gate says whether an action is possible now; Reason is for people and Code,
// such as pending_order, for programs.
type Gate struct {
	Allowed bool    `json:"allowed"`
	Reason  *string `json:"reason"`
	Code    *string `json:"code,omitempty"`
}

// GateName names one gate within an actions object.
type GateName string

// The gates of the wrapped operations. Pages "post-v2-vps-id-actions-restart" and
// "post-v2-vps-id-actions-reset" name canRestart and canReset; the names of the other
// three power gates are [inferred] by analogy.
const (
	CanStart    GateName = "canStart"
	CanShutdown GateName = "canShutdown"
	CanStop     GateName = "canStop"
	CanRestart  GateName = "canRestart"
	CanReset    GateName = "canReset"
	CanChange   GateName = "canChange" // of the hostname
	CanDeploy   GateName = "canDeploy" // of the PAYG options
	CanResize   GateName = "canResize" // of cores and memory
	CanCreate   GateName = "canCreate" // of snapshots
	// CanRestore is a gate of snapshots and, like CanCreateBackup and
	// CanRestoreFromAnotherVPS, of backups.
	CanRestore               GateName = "canRestore"
	CanCreateBackup          GateName = "canCreateBackup"
	CanRestoreFromAnotherVPS GateName = "canRestoreFromAnotherVps"
)

// Gates are the gates of an actions object by name. The pages document only some of
// them, so an absent gate is unknown: neither open nor closed.
type Gates map[GateName]Gate

// UnmarshalJSON reads the members that have the form of a gate and skips the rest: a
// gate that does not say whether it is open counts as absent.
func (g *Gates) UnmarshalJSON(raw []byte) error {
	*g = nil
	rows := read[map[GateName]json.RawMessage](raw)
	if rows == nil {
		return nil
	}
	*g = Gates{}
	for name, row := range *rows {
		var gate struct{ Allowed, Reason, Code json.RawMessage }
		_ = json.Unmarshal(row, &gate) // any other value than an object has no members
		if allowed := read[bool](gate.Allowed); allowed != nil {
			(*g)[name] = Gate{Allowed: *allowed, Reason: read[string](gate.Reason), Code: read[string](gate.Code)}
		}
	}
	return nil
}

// read decodes a value of the documented type; nil where it is missing, null or of
// another type.
func read[T any](raw json.RawMessage) *T {
	var v *T
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return v
}

// Get returns a gate, or nil where it is absent.
func (g Gates) Get(name GateName) *Gate {
	gate, sent := g[name]
	if !sent {
		return nil
	}
	return &gate
}
