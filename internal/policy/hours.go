package policy

import (
	"slices"
	"time"
)

// hours are the times at which a rule applies; the zero value is always. A window across
// midnight belongs to the day on which it begins.
type hours struct {
	windows []window
	days    []time.Weekday
	zone    *time.Location
}

// window is a span of the day in minutes since midnight; to is exclusive.
type window struct{ from, to int }

const minutesPerDay = 24 * 60

func (h hours) contain(at time.Time) bool {
	if len(h.windows) == 0 && len(h.days) == 0 {
		return true
	}
	zone := h.zone
	if zone == nil {
		zone = time.UTC
	}
	local := at.In(zone)
	minute, today := local.Hour()*60+local.Minute(), local.Weekday()
	yesterday := (today + 6) % 7
	windows := h.windows
	if len(windows) == 0 {
		windows = []window{{0, minutesPerDay}}
	}
	return slices.ContainsFunc(windows, func(w window) bool {
		if w.from < w.to {
			return h.on(today) && w.from <= minute && minute < w.to
		}
		return h.on(today) && minute >= w.from || h.on(yesterday) && minute < w.to
	})
}

func (h hours) on(day time.Weekday) bool { return len(h.days) == 0 || slices.Contains(h.days, day) }
