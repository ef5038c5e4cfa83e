package policy

import (
	"strconv"

	"countersign/internal/cloud"
	"countersign/internal/yamldoc"
)

// spend reads the caps.
func (r *reader) spend(n yamldoc.Node) (Caps, error) {
	caps := Caps{Unknown: Ask}
	fields, err := n.Fields(sectionSpend, append(limitKeys(), "unknown", "accounts")...)
	if err != nil {
		return Caps{}, err
	}
	if caps.All, err = readLimits(fields); err != nil {
		return Caps{}, err
	}
	if unknown, there := fields["unknown"]; there {
		word, err := oneOf(unknown, "unknown", words([]Outcome{Ask, Deny}))
		if err != nil {
			return Caps{}, err
		}
		caps.Unknown = Outcome(word)
	}
	accounts, there := fields["accounts"]
	if !there {
		return caps, nil
	}
	entries, err := accounts.Entries(sectionSpend + ".accounts")
	if err != nil {
		return Caps{}, err
	}
	caps.Accounts = map[cloud.AccountName]Limits{}
	for _, e := range entries {
		r.mentions = append(r.mentions, mention{"account", e.Key, e.At})
		fields, err := e.Value.Fields(sectionSpend+"."+e.Key, limitKeys()...)
		if err != nil {
			return Caps{}, err
		}
		if caps.Accounts[cloud.AccountName(e.Key)], err = readLimits(fields); err != nil {
			return Caps{}, err
		}
	}
	return caps, nil
}

func limitKeys() []string {
	return []string{"per_call", "per_hour", "per_day", "per_month", "machines", "gpus"}
}

func readLimits(fields map[string]yamldoc.Node) (Limits, error) {
	var l Limits
	for _, key := range []struct {
		name string
		into *[]cloud.Money
	}{{"per_call", &l.PerCall}, {"per_hour", &l.PerHour}, {"per_day", &l.PerDay}, {"per_month", &l.PerMonth}} {
		var err error
		if *key.into, err = amounts(fields, key.name); err != nil {
			return Limits{}, err
		}
	}
	for _, key := range []struct {
		name string
		into **int
	}{{"machines", &l.Machines}, {"gpus", &l.GPUs}} {
		n, there := fields[key.name]
		if !there {
			continue
		}
		number, err := readCount(key.name, n)
		if err != nil {
			return Limits{}, err
		}
		*key.into = &number
	}
	return l, nil
}

// mostCounted is the highest cap of machines or GPUs that a file may set.
const mostCounted = 1_000_000

func readCount(what string, n yamldoc.Node) (int, error) {
	text, err := n.Text(what)
	if err != nil {
		return 0, err
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 0 || number > mostCounted || strconv.Itoa(number) != text {
		return 0, n.Errorf("%s: expected a whole number from 0 to %d, got %q", what, mostCounted, text)
	}
	return number, nil
}
