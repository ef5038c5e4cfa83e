package tools

import (
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// settleGone turns the result of reading what a call deletes into a settlement.
func settleGone(err error, made tool.Made) (tool.Settlement, error) {
	switch {
	case cloud.IsKind(err, cloud.ErrUnknownID):
		return tool.Settlement{Finding: tool.FoundDone, Made: made}, nil
	case err != nil:
		return tool.Settlement{}, err
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}

// settleNamed turns the result of a search by name and time into a settlement.
func settleNamed(found cloud.NameFound, made tool.Made, what string) tool.Settlement {
	switch {
	case found.ID != "":
		return tool.Settlement{Finding: tool.FoundDone, Made: made}
	case len(found.Possible) == 0:
		return tool.Settlement{Finding: tool.FoundNothing}
	}
	return mayBeIt("these "+what, found.Possible)
}

// mayBeIt returns an unclear settlement that names the things which may have come of the
// call; these is the word for them in its reason.
func mayBeIt(these string, possible []cloud.Candidate) tool.Settlement {
	var ids []string
	for _, p := range possible {
		ids = append(ids, p.ID)
	}
	return tool.Settlement{Finding: tool.FoundUnclear, Possible: ids, Why: these + " may be it, a person should look: " + strings.Join(ids, ", ")}
}
