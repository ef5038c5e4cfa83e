package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// Days is a setting that is a number of days; 0 is forever.
type Days int

var _ pflag.Value = (*Days)(nil)

// Set implements pflag.Value.
func (d *Days) Set(text string) error {
	n, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	if err != nil || n < 1 {
		return fmt.Errorf("%q is no number of days such as 400d", text)
	}
	*d = Days(n)
	return nil
}

// String implements pflag.Value.
func (d *Days) String() string {
	if *d == 0 {
		return ""
	}
	return strconv.Itoa(int(*d)) + "d"
}

// Type implements pflag.Value.
func (*Days) Type() string { return "days" }

// Duration returns the days as a duration.
func (d *Days) Duration() time.Duration { return time.Duration(*d) * 24 * time.Hour }
