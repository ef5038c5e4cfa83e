package config

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"
)

// ValueError says in plain words what a setting takes, where err is about its value;
// called is what the user wrote, a flag or a variable. Other errors it returns as they are.
func ValueError(called string, err error) error {
	e, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return err
	}
	if called == "" {
		called = "--" + e.GetFlag().Name
	}
	form := map[string]string{
		"duration": "a time with its unit, such as 30s, 15m or 2h", "bool": "true or false", "int": "a whole number", "uint64": "a whole number from 0", "float64": "a number such as 1.5",
	}[e.GetFlag().Value.Type()]
	if form == "" {
		return fmt.Errorf("%s: %w", called, e.Unwrap())
	}
	return fmt.Errorf("%s takes %s, not %q", called, form, e.GetValue())
}
