package approver

import "time"

// TriesPerLock is how many wrong tries lock a PIN.
const TriesPerLock = 3

// The first lock is short. Each further lock without a right try in between lasts four times
// as long, up to a day.
const (
	firstLock  = time.Minute
	lockGrows  = 4
	longestOne = 24 * time.Hour
)

// Tries is the number of wrong tries since the last right one, with the lock.
type Tries struct {
	Wrong       int
	LockedUntil time.Time
}

// Locked reports whether the PIN is locked at a time.
func (t Tries) Locked(at time.Time) bool { return at.Before(t.LockedUntil) }

// Left returns how many wrong tries are left before the next lock.
func (t Tries) Left() int { return TriesPerLock - t.Wrong%TriesPerLock }

// Fail returns the tries after one more wrong one.
func (t Tries) Fail(at time.Time) Tries {
	t.Wrong++
	t.LockedUntil = time.Time{}
	if t.Wrong%TriesPerLock == 0 {
		t.LockedUntil = at.Add(lockOf(t.Wrong / TriesPerLock))
	}
	return t
}

// lockOf returns how long the n-th lock in a row lasts.
func lockOf(n int) time.Duration {
	lock := firstLock
	for range n - 1 {
		if lock *= lockGrows; lock >= longestOne {
			return longestOne
		}
	}
	return lock
}
