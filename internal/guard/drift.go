package guard

import (
	"encoding/json"
	"strings"

	"countersign/internal/schema"
	"countersign/internal/tool"
)

// planChanges lists the fields in which two plans differ, of those that an approval is
// bound to.
func planChanges(approved, now tool.Plan) string {
	a, errA := json.Marshal(bind(approved))
	b, errB := json.Marshal(bind(now))
	if errA != nil || errB != nil {
		return "the plan"
	}
	var changes []string
	for _, d := range schema.Differences(a, b) {
		changes = append(changes, d.Path+": "+visibleLine(d.Before)+" -> "+visibleLine(d.After))
	}
	if len(changes) == 0 {
		return "the plan"
	}
	return strings.Join(changes, "; ")
}
