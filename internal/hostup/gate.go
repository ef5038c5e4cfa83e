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

// The gates that concern the wrapped operations. Pages
// "post-v2-vps-id-actions-restart" and "post-v2-vps-id-actions-reset" name
// canRestart and canReset; the other three of a VPS's power are named by
// analogy [inferred].
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
	// CanRestore is of snapshots and, beside CanCreateBackup and
	// CanRestoreFromAnotherVPS, of backups.
	CanRestore               GateName = "canRestore"
	CanCreateBackup          GateName = "canCreateBackup"
	CanRestoreFromAnotherVPS GateName = "canRestoreFromAnotherVps"
)

// Gates are the gates of an actions object by their names. Which ones a thing
// has is documented only in part, so one that was not sent is absent, and an
// absent gate is neither a yes nor a no.
type Gates map[GateName]Gate

// UnmarshalJSON reads what is in the form of a gate and leaves out the rest: a
// gate that does not say whether it is open is as good as absent.
func (g *Gates) UnmarshalJSON(raw []byte) error {
	*g = nil
	rows := read[map[GateName]json.RawMessage](raw)
	if rows == nil {
		return nil
	}
	*g = Gates{}
	for name, row := range *rows {
		var gate struct{ Allowed, Reason, Code json.RawMessage }
		_ = json.Unmarshal(row, &gate) // what is no object has no members
		if allowed := read[bool](gate.Allowed); allowed != nil {
			(*g)[name] = Gate{Allowed: *allowed, Reason: read[string](gate.Reason), Code: read[string](gate.Code)}
		}
	}
	return nil
}

// read is a value of the type that is documented; nil where it is missing, null
// or of another type.
func read[T any](raw json.RawMessage) *T {
	var v *T
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return v
}

// Get returns a gate, and nil where it is absent.
func (g Gates) Get(name GateName) *Gate {
	gate, sent := g[name]
	if !sent {
		return nil
	}
	return &gate
}
