package cloud

import (
	"sort"
	"strings"
)

// maxCandidates is how many exact IDs a refusal offers.
const maxCandidates = 5

// Nearest picks, of all things that exist, the few that a wrong ID may have
// meant: the same name first, then names and IDs that share text with it. Where
// nothing resembles it, all are offered if they are few.
func Nearest(given string, all []Candidate) []Candidate {
	type scored struct {
		Candidate
		score int
	}
	var near []scored
	for _, c := range all {
		if s := resemblance(given, c); s > 0 {
			near = append(near, scored{c, s})
		}
	}
	if len(near) == 0 && len(all) <= maxCandidates {
		return all
	}
	sort.SliceStable(near, func(i, j int) bool { return near[i].score > near[j].score })
	var out []Candidate
	for _, n := range near[:min(len(near), maxCandidates)] {
		out = append(out, n.Candidate)
	}
	return out
}

// resemblance is 0 for nothing in common.
func resemblance(given string, c Candidate) int {
	g, name, id := strings.ToLower(given), strings.ToLower(c.Name), strings.ToLower(c.ID)
	switch {
	case g == "":
		return 0
	case g == name, g == id:
		return 4
	case name != "" && (strings.Contains(name, g) || strings.Contains(g, name)):
		return 3
	case strings.Contains(id, g):
		return 2
	case len(g) >= 8 && len(id) >= 8 && g[:8] == id[:8]:
		return 1
	}
	return 0
}
