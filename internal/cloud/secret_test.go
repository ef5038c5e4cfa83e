package cloud_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"countersign/internal/cloud"
)

// TestSecretIsNeverPrinted passes a secret to everything that prints.
func TestSecretIsNeverPrinted(t *testing.T) {
	const value = "hunter2-planted"
	secret := cloud.NewSecret(value)
	type holder struct {
		Name   string
		Key    cloud.Secret
		Where  *cloud.Secret
		List   []cloud.Secret
		ByName map[string]cloud.Secret
	}
	held := holder{"n", secret, &secret, []cloud.Secret{secret}, map[string]cloud.Secret{"k": secret}}

	printed := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10.3v", "%U"} {
		printed["plain "+verb] = fmt.Sprintf(verb, secret)
		printed["pointer "+verb] = fmt.Sprintf(verb, &secret)
		printed["held "+verb] = fmt.Sprintf(verb, held)
	}
	printed["Sprint"] = fmt.Sprint(secret, held)
	for name, v := range map[string]any{"plain": secret, "held": held, "pointer": &held, "key of a map": map[cloud.Secret]int{secret: 1}} {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		printed["json "+name] = string(raw)
	}

	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"slog text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"slog json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("message", "key", secret, "held", held, "pointer", &secret)
		printed[name] = b.String()
	}
	var b bytes.Buffer
	log := zerolog.New(&b)
	log.Info().Interface("key", secret).Any("held", held).Stringer("s", secret).Fields(map[string]any{"f": secret}).Msgf("%v %+v", secret, held)
	printed["zerolog"] = b.String()

	for name, text := range printed {
		if strings.Contains(text, "hunter2") || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("%s prints the secret: %s", name, text)
		}
		if !strings.Contains(text, "[secret]") {
			t.Errorf("%s does not say that there is a secret: %s", name, text)
		}
	}
	if secret.Reveal() != value {
		t.Errorf("Reveal gives %q", secret.Reveal())
	}
}

// TestSecretInAnUnexportedField checks the one place where fmt calls no methods.
func TestSecretInAnUnexportedField(t *testing.T) {
	type inner struct{ key cloud.Secret }
	type outer struct {
		inner inner
		where *inner
		list  []cloud.Secret
	}
	secret := cloud.NewSecret("hunter2")
	held := outer{inner{secret}, &inner{secret}, []cloud.Secret{secret}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, text := range []string{fmt.Sprintf(verb, held), fmt.Sprintf(verb, &held), fmt.Sprintf(verb, held.inner)} {
			if strings.Contains(text, "hunter2") || strings.Contains(text, fmt.Sprintf("%x", "hunter2")) {
				t.Errorf("%s prints the secret: %s", verb, text)
			}
		}
	}
}

func TestSecretAsArgument(t *testing.T) {
	type arguments struct {
		Password cloud.Secret `json:"password,omitzero"`
	}
	var given arguments
	if err := json.Unmarshal([]byte(`{"password":"hunter2"}`), &given); err != nil || given.Password.Reveal() != "hunter2" {
		t.Errorf("read %q, error %v", given.Password.Reveal(), err)
	}
	for _, tt := range []struct {
		name string
		args arguments
		want string
	}{
		{"given", given, `{"password":"[secret]"}`},
		{"left out", arguments{}, `{}`},
	} {
		raw, err := json.Marshal(tt.args)
		if err != nil || string(raw) != tt.want {
			t.Errorf("%s: %s, want %s, error %v", tt.name, raw, tt.want, err)
		}
	}
	if !(cloud.Secret{}).IsZero() || given.Password.IsZero() {
		t.Error("IsZero does not tell whether a secret was given")
	}
	if err := json.Unmarshal([]byte(`{"password":7}`), &given); err == nil {
		t.Error("a number was taken for a secret")
	}
}
