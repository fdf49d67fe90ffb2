package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func flagsOf(t *testing.T, text string) *flags {
	t.Helper()
	path := filepath.Join(t.TempDir(), "flags.json")
	if err := os.WriteFile(path, []byte(`{"flags":`+text+`}`), 0o644); err != nil {
		t.Fatal(err)
	}
	return newFlags(path, "notification@0.7.0")
}

func TestFlags(t *testing.T) {
	of := func(more string) string {
		return `{"it":{"state":"ENABLED","variants":{"off":0,"on":0.5},"defaultVariant":"off"` + more + `}}`
	}
	byMarket := of(`,"targeting":{"if":[{"in":[{"var":"market"},["de","es"]]},"on","off"]}`)
	for name, c := range map[string]struct {
		flags string
		who   asker
		want  bool
	}{
		"the default":             {of(""), asker{}, false},
		"the header":              {of(""), asker{fault: "other=x, it=on"}, true},
		"a variant nobody knows":  {of(""), asker{fault: "it=sideways"}, false},
		"a market":                {byMarket, asker{market: "de"}, true},
		"another market":          {byMarket, asker{market: "se"}, false},
		"a user":                  {of(`,"targeting":{"if":[{"in":[{"var":"userId"},["p-1"]]},"on","off"]}`), asker{player: "p-1"}, true},
		"a release":               {of(`,"targeting":{"if":[{"in":[{"var":"release"},["notification@0.7.0"]]},"on"]}`), asker{}, true},
		"what is not understood":  {of(`,"targeting":{"==":[1,1]}`), asker{}, false},
		"an unknown subject":      {of(`,"targeting":{"if":[{"in":[{"var":"age"},["de"]]},"on"]}`), asker{}, false},
		"a share of all":          {of(`,"targeting":{"fractional":[["on",1]]}`), asker{player: "p-3"}, true},
		"a share without weights": {of(`,"targeting":{"fractional":[["on"]]}`), asker{}, false},
		// CRC-32 of "itp-3" is 2102822467, as in every other service of the casino.
		"above the share": {of(`,"targeting":{"fractional":[["on",67],["off",33]]}`), asker{player: "p-3"}, false},
		"below the share": {of(`,"targeting":{"fractional":[["on",68],["off",32]]}`), asker{player: "p-3"}, true},
		"disabled":        {`{"it":{"state":"DISABLED","variants":{"off":0,"on":1},"defaultVariant":"off","targeting":{"fractional":[["on",1]]}}}`, asker{}, false},
		"absent":          {`{}`, asker{fault: "it=on"}, false},
	} {
		if got := flagsOf(t, c.flags).on(context.Background(), "it", c.who); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestFlagsAreReadAgainAndABrokenFileChangesNothing(t *testing.T) {
	f := flagsOf(t, `{"it":{"state":"ENABLED","variants":{"off":false,"on":true},"defaultVariant":"off"}}`)
	for number, c := range []struct {
		text string
		want bool
	}{
		{`{"flags":{"it":{"state":"ENABLED","variants":{"off":false,"on":true},"defaultVariant":"on"}}}`, true},
		{`{"flags":`, true},
	} {
		if err := os.WriteFile(f.path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		later := time.Now().Add(time.Duration(number+1) * time.Hour)
		if err := os.Chtimes(f.path, later, later); err != nil {
			t.Fatal(err)
		}
		f.look()
		if got := f.on(context.Background(), "it", asker{}); got != c.want {
			t.Errorf("%s: %v", c.text, got)
		}
	}
}
